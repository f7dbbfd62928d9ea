"""Is a pod in the mesh, and which of its ports does its proxy see?

Source: Istio's pkg/kube/inject, cni/pkg/util/podutil.go and the injection templates. Only the running pod decides:
labels and annotations that ask for a proxy are no proof of one, and users copy the labels that the injector sets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.selector import Labels

CONTAINER = "istio-proxy"
ALWAYS_EXCLUDED = frozenset({15020, 15021, 15090})
_PORT = re.compile("[0-9]{1,5}")
_PREFIX = "traffic.sidecar.istio.io/"


class Proxy(StrEnum):
    """What stands between a pod's application and the network. UNKNOWN only where a template does not say."""

    SIDECAR = "sidecar"
    NATIVE_SIDECAR = "native sidecar"
    GATEWAY = "gateway"
    WAYPOINT = "waypoint"
    AMBIENT = "ambient"
    PROXYLESS = "proxyless gRPC"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def is_sidecar(self) -> bool:
        """Whether PeerAuthentication is enforced by an Envoy beside the application."""
        return self in (Proxy.SIDECAR, Proxy.NATIVE_SIDECAR)

    @property
    def in_mesh(self) -> bool:
        """Whether the pod has an identity of the mesh."""
        return self not in (Proxy.NONE, Proxy.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Interception:
    """Which inbound ports iptables sends to the sidecar. `included` None means all; `field` names the annotation."""

    excluded: frozenset[int] = frozenset()
    included: frozenset[int] | None = None
    off: bool = False

    def misses(self, port: int) -> str | None:
        """The annotation by which this port goes straight to the application; None when the sidecar sees it."""
        if self.off:
            return "sidecar.istio.io/interceptionMode"
        if port in self.excluded:
            return f"{_PREFIX}excludeInboundPorts"
        if self.included is not None and port not in self.included:
            return f"{_PREFIX}includeInboundPorts"
        return None


def parse_interception(annotations: Labels) -> Interception:
    """Annotations of a pod; what is no port number in them is passed over, as istio-iptables would refuse it."""
    included = annotations.get(f"{_PREFIX}includeInboundPorts")
    return Interception(
        excluded=_ports(annotations.get(f"{_PREFIX}excludeInboundPorts", "")) | ALWAYS_EXCLUDED,
        included=None if included is None or included.strip() == "*" else _ports(included),
        off=annotations.get("sidecar.istio.io/interceptionMode") == "NONE",
    )


def _ports(written: str) -> frozenset[int]:
    return frozenset(int(part) for part in written.replace(" ", "").split(",") if _PORT.fullmatch(part))


def detect_proxy(spec: Mapping[str, Any], labels: Labels, annotations: Labels) -> Proxy:
    """The proxy of a running pod, by its containers first (5.1), then by ztunnel's redirection (5.3)."""
    container, native = _proxy_container(spec)
    if container is not None:
        template = proxy_of_templates(annotations)
        if template is Proxy.PROXYLESS:
            return Proxy.PROXYLESS
        match [str(argument) for argument in fields.items(container, "args")][:2]:
            case ["proxy", "router"]:
                return Proxy.GATEWAY
            case ["proxy", "waypoint"]:
                return Proxy.WAYPOINT
        if labels.get("gateway.istio.io/managed") == "istio.io-mesh-controller":
            return Proxy.WAYPOINT
        if template is Proxy.GATEWAY and not fields.items(container, "args"):
            return Proxy.GATEWAY
        return Proxy.NATIVE_SIDECAR if native else Proxy.SIDECAR
    if annotations.get("ambient.istio.io/redirection") == "enabled":
        return Proxy.AMBIENT
    return Proxy.NONE


def proxy_of_templates(annotations: Labels) -> Proxy | None:
    """What the injection templates that a pod asks for make of it, where that is no sidecar.

    The chart of gateways has a container `istio-proxy` without arguments, which its template fills in at injection.
    """
    templates = [part.strip() for part in annotations.get("inject.istio.io/templates", "").split(",")]
    if "gateway" in templates:
        return Proxy.GATEWAY
    return Proxy.PROXYLESS if any(part.startswith("grpc-") for part in templates) else None


def _proxy_container(spec: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, bool]:
    for container in fields.mappings(spec, "containers"):
        if container.get("name") == CONTAINER:
            return container, False
    for container in fields.mappings(spec, "initContainers"):
        if container.get("name") == CONTAINER and container.get("restartPolicy") == "Always":
            return container, True
    return None, False
