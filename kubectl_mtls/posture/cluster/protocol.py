"""What a Service port speaks, as far as Istio can tell from its name (pkg/config/kube/conversion.go, 3.8)."""

from enum import StrEnum
from functools import lru_cache

_HTTP = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
_TLS = frozenset({"https", "tls"})
_TCP = frozenset({"tcp", "mongo", "redis", "mysql"})
_TCP_PORTS = frozenset({25, 53, 3306, 27017})
_STANDARD = {"kubernetes.io/h2c": "http2", "kubernetes.io/ws": "http", "kubernetes.io/wss": "https"}


class PortProtocol(StrEnum):
    """How the server's proxy reads what comes in. TLS is TCP for it, but says what the application speaks."""

    HTTP = "HTTP"
    TCP = "TCP"
    TLS = "TLS"
    AUTO = "auto"
    UDP = "UDP"

    @property
    def is_http(self) -> bool:
        """Whether the inbound chain is that of HTTP, which tells TLS of the mesh from other TLS."""
        return self is PortProtocol.HTTP


@lru_cache(10_000)
def service_port_protocol(number: int, name: str, transport: str, app_protocol: str) -> PortProtocol:
    """The protocol of a Kubernetes Service port; `auto` where the proxy has to find out."""
    if transport == "UDP":
        return PortProtocol.UDP
    words = _STANDARD.get(app_protocol, app_protocol) if app_protocol else name
    if words[:8].lower() == "grpc-web":
        return PortProtocol.HTTP
    found = _parse(words.partition("-")[0])
    return PortProtocol.TCP if found is PortProtocol.AUTO and number in _TCP_PORTS else found


def entry_port_protocol(written: str) -> PortProtocol:
    """The protocol of a ServiceEntry port."""
    return PortProtocol.UDP if written.upper() == "UDP" else _parse(written)


def _parse(word: str) -> PortProtocol:
    word = word.lower()
    if word in _HTTP:
        return PortProtocol.HTTP
    if word in _TLS:
        return PortProtocol.TLS
    return PortProtocol.TCP if word in _TCP else PortProtocol.AUTO
