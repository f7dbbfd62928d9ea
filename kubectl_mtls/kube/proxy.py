"""Through which proxy the API server is reached, as Go decides it (golang.org/x/net/http/httpproxy).

A `proxy-url` of the kubeconfig always counts, whatever NO_PROXY says. From the environment the lower-case name counts
after the upper-case one, and localhost and loopback addresses are never proxied.
"""

import base64
import ipaddress
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from kubectl_mtls.errors import InvalidInput

_SCHEMES = ("http", "https", "socks5", "socks5h")


def resolve_proxy(server: str, proxy_url: str | None, environ: Mapping[str, str]) -> str | None:
    """The proxy's URL or None. Raises InvalidInput for a kind of proxy that is not known."""
    proxy = proxy_url or _from_environment(server, environ)
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    scheme = urlsplit(proxy).scheme.lower()
    if scheme not in _SCHEMES:
        raise InvalidInput(f"the proxy's scheme {scheme} is not known, only {', '.join(_SCHEMES)}")
    return proxy


def proxy_headers(proxy: str | None) -> dict[str, str] | None:
    """The Proxy-Authorization header for the user and password in the proxy's URL, None without them."""
    parts = urlsplit(proxy or "")
    if not parts.username:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _from_environment(server: str, environ: Mapping[str, str]) -> str | None:
    parts = urlsplit(server)
    name = "HTTPS_PROXY" if parts.scheme == "https" else "HTTP_PROXY"
    proxy = environ.get(name) or environ.get(name.lower())
    if not proxy or _is_local(parts.hostname or ""):
        return None
    exceptions = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    port = str(parts.port or (443 if parts.scheme == "https" else 80))
    host = (parts.hostname or "").lower()
    return None if any(_excepts(entry.strip().lower(), host, port) for entry in exceptions.split(",")) else proxy


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _excepts(entry: str, host: str, port: str) -> bool:
    if not entry or entry == "*":
        return entry == "*"
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        pass
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit():
        if wanted != port:
            return False
        entry = name.strip("[]")
    bare = entry.removeprefix("*").removeprefix(".")
    return host.endswith("." + bare) or (host == bare and entry == bare)
