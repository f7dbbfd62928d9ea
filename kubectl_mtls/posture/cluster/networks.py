"""In which network is an endpoint, and through which gateways is another network reached?

Source: pilot/pkg/serviceregistry/kube/controller (Network, network.go), pilot/pkg/xds/endpoints/ep_filters.go. Told by
documentation only. Proxies are taken to be in the network of their cluster.
"""

from collections import defaultdict
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.mesh_networks import MeshNetwork
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.connection.listener_tls import NETWORK_LABEL, resolve_listener_tls

_DEFAULT_CLUSTER = "Kubernetes"


@dataclass(frozen=True, slots=True, order=True)
class NetworkGateway:
    """One address that leads into another network."""

    network: str
    address: str
    port: int

    @property
    def shown(self) -> str:
        """`address:port`."""
        return f"{self.address}:{self.port}"


class Networks:
    """The networks of a snapshot. `here` is that of the cluster's own pods, empty where nobody names it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._written = tuple({one: None for mesh in snapshot.mesh_configs.values() for one in mesh.networks})
        self.here = (
            _network_of_cluster(snapshot) or _network_of_registry(snapshot, self._written) or _network_of_pods(snapshot)
        )
        gateways: dict[str, set[NetworkGateway]] = defaultdict(set)
        for one in (*_written_gateways(self._written), *_gateways_of_api(snapshot)):
            gateways[one.network].add(one)
        self._gateways = {name: tuple(sorted(found)) for name, found in gateways.items()}

    @property
    def are_several(self) -> bool:
        """Whether any gateway leads into a network: without one all endpoints count as reached directly."""
        return bool(self._gateways)

    @property
    def others(self) -> dict[str, tuple[NetworkGateway, ...]]:
        """Every other network that is known, with the gateways into it."""
        names = {*self._gateways, *(one.name for one in self._written)} - {self.here}
        return {name: self._gateways.get(name, ()) for name in sorted(names)}

    def gateways_before(self, endpoint: Endpoint) -> tuple[NetworkGateway, ...]:
        """The gateways that stand for an endpoint; none where it is reached directly."""
        network = self.of(endpoint)
        return () if network in ("", self.here) else self._gateways.get(network, ())

    def of(self, endpoint: Endpoint) -> str:
        """The network that an endpoint names; else that of the cluster, else the one with its address."""
        own = endpoint.machine.network if endpoint.machine else ""
        return own or endpoint.labels.get(NETWORK_LABEL, "") or self.here or self._by_address(endpoint.address)

    def _by_address(self, address: str) -> str:
        for one in self._written:
            if any(_contains(written, address) for written in one.ranges):
                return one.name
        return ""


def _network_of_cluster(snapshot: Snapshot) -> str:
    """The label of the namespace that istiod runs in."""
    homes = {one.metadata.namespace for one in snapshot.istiods} or {DEFAULT_NAMESPACE}
    found = (snapshot.namespaces[name] for name in sorted(homes) if name in snapshot.namespaces)
    return next((one.metadata.labels[NETWORK_LABEL] for one in found if NETWORK_LABEL in one.metadata.labels), "")


def _network_of_registry(snapshot: Snapshot, written: tuple[MeshNetwork, ...]) -> str:
    names = {one.flags.get("CLUSTER_ID", _DEFAULT_CLUSTER) for one in snapshot.istiods} or {_DEFAULT_CLUSTER}
    return next((one.name for one in written if names & set(one.registries)), "")


def _network_of_pods(snapshot: Snapshot) -> str:
    """The one that the injector wrote on all pods: who reads one namespace alone does not see the label of istiod's."""
    found = {pod.labels[NETWORK_LABEL] for pod in snapshot.pods.values() if NETWORK_LABEL in pod.labels}
    return found.pop() if len(found) == 1 else ""


def _written_gateways(written: tuple[MeshNetwork, ...]) -> list[NetworkGateway]:
    return [NetworkGateway(one.name, address, port) for one in written for address, port in one.gateways]


def _gateways_of_api(snapshot: Snapshot) -> list[NetworkGateway]:
    """Gateways of the Gateway API that have the label of a network, on the ports that lead into the mesh."""
    found = []
    for gateway in snapshot.kubernetes_gateways:
        network = gateway.metadata.labels.get(NETWORK_LABEL, "")
        for listener in gateway.listeners if network else ():
            tls = resolve_listener_tls((), gateway, listener)
            if tls is not None and tls.mode == "AUTO_PASSTHROUGH":
                found += [NetworkGateway(network, address, listener.port) for _, address in gateway.addresses]
    return found


def _contains(written: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(written, strict=False)
    except ValueError:
        return False
