"""Which waypoint does traffic to a host pass?

Source: pilot/pkg/serviceregistry/ambient/waypoints.go (fetchWaypointForService, GetUseWaypoint, makeAllowedRoutes). The
labels count wherever the waypoint runs; one that is named but has no address yet is passed by.
"""

from dataclasses import dataclass

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import KUBERNETES_GATEWAY
from kubectl_mtls.model.kubernetes_gateway import ApiListener, KubernetesGateway
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.registry import Discovery, Host

_USE, _USE_NAMESPACE = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
_FOR = "istio.io/waypoint-for"
_INGRESS = "istio.io/ingress-use-waypoint"
_MANAGED = "gateway.istio.io/managed"
_HBONE = ("HBONE", 15008)


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A waypoint and the object whose label leads to it: the host's own, or its namespace."""

    gateway: KubernetesGateway
    bound_by: Metadata

    @property
    def name(self) -> str:
        """`namespace/name`."""
        return f"{self.gateway.metadata.namespace}/{self.gateway.metadata.name}"


def _wanted(bound_by: Metadata, namespace: str) -> tuple[str, str]:
    """Namespace and name of the waypoint that a label names; `none` is the name of no waypoint."""
    return (bound_by.labels.get(_USE_NAMESPACE, namespace), bound_by.labels[_USE])


class Waypoints:
    """The waypoints of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._by_key = {
            (one.metadata.namespace, one.metadata.name): one
            for one in snapshot.kubernetes_gateways
            if (one.is_programmed or not snapshot.live) and one.metadata.name != "none"
        }

    def of_host(self, host: Host) -> Waypoint | None:
        """The one that handles traffic to the host's own address; headless Services have none."""
        if _MANAGED in host.source.labels or (host.kubernetes and host.discovery is Discovery.PASSTHROUGH):
            return None
        bound_by = self._bound_by(host, _USE)
        if bound_by is None:
            return None
        gateway = self._by_key.get(_wanted(bound_by, host.namespace))
        if gateway is None or not self._takes_services(gateway) or not self._lets_in(gateway, host.namespace):
            return None
        return Waypoint(gateway, bound_by)

    def gap_before(self, host: Host) -> Gap | None:
        """The gap behind which the host's waypoint may be."""
        bound_by = self._bound_by(host, _USE)
        if bound_by is None:
            return None
        return self._snapshot.gap_hiding(KUBERNETES_GATEWAY, *_wanted(bound_by, host.namespace))

    def is_for_gateways(self, host: Host) -> bool:
        """Whether gateways pass the waypoint too, which a label must say."""
        bound_by = self._bound_by(host, _INGRESS)
        return bound_by is not None and bound_by.labels[_INGRESS].lower() == "true"

    def _bound_by(self, host: Host, label: str) -> Metadata | None:
        """The host's own label goes before that of its namespace."""
        if label in host.source.labels:
            return host.source
        namespace = self._snapshot.namespaces.get(host.namespace)
        return namespace.metadata if namespace is not None and label in namespace.metadata.labels else None

    def _takes_services(self, gateway: KubernetesGateway) -> bool:
        found = self._snapshot.gateway_classes.get(gateway.class_name)
        of_class = found.metadata.labels.get(_FOR, "service") if found else "service"
        return gateway.metadata.labels.get(_FOR, of_class) in ("service", "all")

    def _lets_in(self, gateway: KubernetesGateway, namespace: str) -> bool:
        """Its HBONE listener says whose traffic it takes; without a word, that of its own namespace."""
        listener = next((one for one in gateway.listeners if (one.protocol, one.port) == _HBONE), None)
        if listener is not None and listener.namespaces_from == "All":
            return True
        if listener is not None and listener.namespaces_from == "Selector":
            return self._is_selected(listener, namespace)
        return gateway.metadata.namespace == namespace

    def _is_selected(self, listener: ApiListener, namespace: str) -> bool:
        found = self._snapshot.namespaces.get(namespace)
        return found is not None and selects(listener.namespace_labels, found.metadata.labels)
