"""Host names as Istio compares them: wildcards, short names, and which of several patterns is the most specific.

Source: pkg/config/host/{name,names}.go, pilot/pkg/model/config.go (ResolveShortnameToFQDN, MostSpecificHostMatch).
"""

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

DOMAIN = "cluster.local"


def is_wildcard(host: str) -> bool:
    """Whether a name stands for several: `*`, `*.example.com`."""
    return host.startswith("*")


@lru_cache(10_000)
def is_address(host: str) -> bool:
    """Whether a name is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def service_host(name: str, namespace: str) -> str:
    """The full name of a Kubernetes Service."""
    return f"{name}.{namespace}.svc.{DOMAIN}"


def full_host(host: str, namespace: str) -> str:
    """A short name is one of the namespace; names with a dot, `*` and addresses are literal (2.1)."""
    if not host or host == "*" or "." in host or is_address(host):
        return host
    return service_host(host, namespace)


def covers(pattern: str, host: str) -> bool:
    """Whether `host`, a wildcard itself or not, is part of what `pattern` stands for (Name.SubsetOf)."""
    if not is_wildcard(pattern):
        return pattern == host
    if not is_wildcard(host):
        return host.endswith(pattern[1:])
    return len(host) >= len(pattern) and host[1:].endswith(pattern[1:])


def overlaps(one: str, other: str) -> bool:
    """Whether two names have any host in common (Name.Matches)."""
    return covers(one, other) or covers(other, one)


def most_specific(host: str, exact: Mapping[str, T], wildcards: Mapping[str, T]) -> T | None:
    """The value of the most specific name that matches: the exact one, else the longest pattern, ties by alphabet."""
    if is_wildcard(host):
        if host in wildcards:
            return wildcards[host]
        tail = host[1:]
    else:
        if host in exact:
            return exact[host]
        tail = host
    found = _longest(pattern for pattern in wildcards if tail.endswith(pattern[1:]))
    return None if found is None else wildcards[found]


def _longest(patterns: Iterable[str]) -> str | None:
    return min(patterns, key=lambda pattern: (-len(pattern), pattern), default=None)
