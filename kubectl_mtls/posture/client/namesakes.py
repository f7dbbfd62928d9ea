"""Which of several hosts with one name does a proxy know, and with which ports?

Source: pilot/pkg/model/sidecar.go (selectServices, appendSidecarServices).
"""

from collections.abc import Iterable
from dataclasses import replace

from kubectl_mtls.posture.client.registry import Host


def one_namespace_each(found: Iterable[Host], namespace: str) -> list[Host]:
    """Of hosts with one name only those of one namespace: the client's own, else a Service's, else the first."""
    kept = list(found)
    chosen: dict[str, Host] = {}
    for host in kept:
        before = chosen.get(host.name)
        if before is None or host.namespace == namespace or _goes_before(host, before, namespace):
            chosen[host.name] = host
    return [host for host in kept if chosen[host.name].namespace == host.namespace]


def _goes_before(host: Host, before: Host, namespace: str) -> bool:
    return host.kubernetes and not before.kubernetes and before.namespace != namespace


def add_host(hosts: dict[str, Host], host: Host) -> None:
    """Services go before ServiceEntries, older before younger; ports of equals are united."""
    before = hosts.get(host.name)
    if before is None or (not before.kubernetes and host.kubernetes):
        hosts[host.name] = host
    elif before.kubernetes == host.kubernetes and before.ports != host.ports and _are_alike(before, host):
        numbers = {port.number for port in before.ports}
        added = tuple(port for port in host.ports if port.number not in numbers)
        hosts[host.name] = replace(before, ports=(*before.ports, *added))


def _are_alike(one: Host, other: Host) -> bool:
    return (
        one.namespace == other.namespace
        and one.discovery is other.discovery
        and dict(one.source.labels) == dict(other.source.labels)
        and dict(one.selector or {}) == dict(other.selector or {})
        and one.export_to == other.export_to
    )


def with_port(host: Host, number: int) -> Host | None:
    """The host with that port alone; None where it has none of that number."""
    return with_ports(host, {number})


def with_ports(host: Host, numbers: set[int]) -> Host | None:
    """The host with those of its ports alone; None where none is left."""
    found = tuple(port for port in host.ports if port.number in numbers)
    if len(found) == len(host.ports):
        return host
    return replace(host, ports=found) if found else None
