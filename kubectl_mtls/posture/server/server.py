"""What does a workload accept on a port, by its proxy and the policies of its mesh?

Follows istiod: pilot/pkg/model/config.go (order of age), pilot/pkg/security/authn/policy_applier.go.
"""

from collections import defaultdict
from dataclasses import replace

from kubectl_mtls.model.control_plane import MeshConfig, config_map_name
from kubectl_mtls.model.envoy_filter import EnvoyFilter
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import CONFIG_MAP, DEPLOYMENT, ENVOY_FILTER, PEER_AUTHENTICATION
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.accepts import Accepts, Doubt, Effective, GatewayProxy, NoProxy, Unknown, WaypointProxy
from kubectl_mtls.posture.server.ambient import resolve_ambient
from kubectl_mtls.posture.server.levels import Levels, choose_levels, merge


class Policies:
    """The policies of a snapshot by namespace, in order of age.

    Workloads whose labels no selector can tell apart share one answer, so cost grows with classes of pods.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.by_namespace: dict[str, list[PeerAuthentication]] = defaultdict(list)
        for policy in snapshot.peer_authentications:
            self.by_namespace[policy.metadata.namespace].append(policy)
        self._keys = {
            namespace: sorted({key for policy in policies for key in policy.match_labels})
            for namespace, policies in self.by_namespace.items()
        }
        self._mesh_configs: dict[str | None, MeshConfig] = {}
        self._levels: dict[tuple[object, ...], Levels] = {}
        self._effective: dict[tuple[object, ...], Effective] = {}
        self.accepted: dict[tuple[object, int], tuple[Pod, Accepts]] = {}

    def mesh_config(self, pod: Pod) -> MeshConfig:
        """The mesh configuration of the pod's revision."""
        found = self._mesh_configs.get(pod.revision)
        if found is None:
            found = self._mesh_configs[pod.revision] = self.snapshot.mesh_config(pod.revision)
        return found

    def levels(self, pod: Pod) -> Levels:
        """The policies that count for a pod (1.3)."""
        return self.levels_at(pod.metadata.namespace, self.mesh_config(pod).root_namespace, pod.labels)

    def levels_at(self, namespace: str, root: str, labels: Labels) -> Levels:
        """The policies that count for a workload with these labels, pod or not."""
        return self._levels_of(self._class_of(namespace, root, labels), labels)

    def effective(self, pod: Pod, port: int) -> Effective:
        """What the policies say about a port of a pod."""
        return self.effective_at(pod.metadata.namespace, self.mesh_config(pod).root_namespace, pod.labels, port)

    def effective_at(self, namespace: str, root: str, labels: Labels, port: int) -> Effective:
        """What the policies say about a port of a workload with these labels, pod or not."""
        wanted = self._class_of(namespace, root, labels)
        found = self._effective.get((*wanted, port))
        if found is None:
            found = self._effective[*wanted, port] = merge(self._levels_of(wanted, labels), port)
        return found

    def _class_of(self, namespace: str, root: str, labels: Labels) -> tuple[object, ...]:
        """What tells workloads apart for policies: those of the same class have the same levels."""
        keys = (*self._keys.get(namespace, ()), *self._keys.get(root, ()))
        return (namespace, root, *map(labels.get, keys))

    def _levels_of(self, wanted: tuple[object, ...], labels: Labels) -> Levels:
        if wanted not in self._levels:
            namespace, root = str(wanted[0]), str(wanted[1])
            self._levels[wanted] = choose_levels(
                self.by_namespace.get(root, ()), self.by_namespace.get(namespace, ()), namespace == root, labels
            )
        return self._levels[wanted]

    def filter_gap(self, namespace: str, root: str) -> Gap | None:
        """The gap behind which an EnvoyFilter for pods of this namespace may hide."""
        snapshot = self.snapshot
        return snapshot.gap_hiding(ENVOY_FILTER, namespace) or snapshot.gap_hiding(ENVOY_FILTER, root)


def resolve_server(policies: Policies, pod: Pod, port: int) -> Accepts:
    """What `pod` accepts on its own `port` (a container port; 0 stands for every port nobody mentions)."""
    key = (pod.alike, port)
    found = policies.accepted.get(key)
    if found is None:
        found = policies.accepted[key] = (pod, _resolve(policies, pod, port))  # the pod is kept: its ids stay its own
    return found[1]


def _resolve(policies: Policies, pod: Pod, port: int) -> Accepts:
    match pod.proxy:
        case Proxy.NONE:
            return NoProxy()
        case Proxy.GATEWAY:
            return GatewayProxy()
        case Proxy.AMBIENT:
            return _resolve_captured(policies, pod, port)
        case Proxy.WAYPOINT:
            return WaypointProxy()
        case Proxy.PROXYLESS:
            return Unknown(Doubt.PROXYLESS)
        case Proxy.UNKNOWN:
            return Unknown(Doubt.INJECTION)
        case Proxy.SIDECAR | Proxy.NATIVE_SIDECAR:
            return _resolve_sidecar(policies, pod, port)


def _resolve_sidecar(policies: Policies, pod: Pod, port: int) -> Accepts:
    snapshot = policies.snapshot
    if annotation := pod.interception.misses(port):
        return NoProxy(annotation)
    mesh_config = policies.mesh_config(pod)
    if patching := _patching_filter(snapshot, pod, mesh_config):
        return Unknown(Doubt.ENVOY_FILTER, envoy_filter=patching)
    effective = policies.effective(pod, port)
    if gap := _deciding_gap(snapshot, pod, mesh_config, effective):
        return Unknown(Doubt.GAP, gap=gap)
    unless = policies.filter_gap(pod.metadata.namespace, mesh_config.root_namespace)
    return replace(effective, unless=unless) if unless else effective


def _resolve_captured(policies: Policies, pod: Pod, port: int) -> Accepts:
    """Behind ztunnel, which no EnvoyFilter patches."""
    effective = resolve_ambient(policies.levels(pod), port)
    if gap := _deciding_gap(policies.snapshot, pod, policies.mesh_config(pod), effective):
        return Unknown(Doubt.GAP, gap=gap)
    return effective


def _patching_filter(snapshot: Snapshot, pod: Pod, mesh_config: MeshConfig) -> EnvoyFilter | None:
    for one in snapshot.envoy_filters:
        if (
            one.inbound_field
            and one.metadata.namespace in (pod.metadata.namespace, mesh_config.root_namespace)
            and selects(one.match_labels, pod.labels)
        ):
            return one
    return None


def _deciding_gap(snapshot: Snapshot, pod: Pod, mesh_config: MeshConfig, effective: Effective) -> Gap | None:
    """The gap behind which the deciding policy may hide: one of the pod's own namespace, or a farther one.

    A mode that a policy of the pod's own namespace decides stays certain, whatever the mesh-wide policy says.
    """
    namespace = pod.metadata.namespace
    if gap := snapshot.gap_hiding(PEER_AUTHENTICATION, namespace):
        return gap
    decider = effective.decided_by
    if decider is not None and decider.metadata.namespace == namespace:
        return None
    if gap := mesh_config_gap(snapshot, pod.revision):
        return gap
    return snapshot.gap_hiding(PEER_AUTHENTICATION, mesh_config.root_namespace)


def mesh_config_gap(snapshot: Snapshot, revision: str | None = None) -> Gap | None:
    """The gap behind which a revision's MeshConfig, hence the root namespace, may hide; None where it was read.

    An istiod's Deployment names its revision, and with it the ConfigMap: unread, nobody looked for that.
    """
    revision = snapshot.revision_of(revision)
    if revision in snapshot.mesh_configs:
        return None
    names = {None, config_map_name(revision)} | (set() if snapshot.mesh_configs else {config_map_name("")})
    hidden = next((gap for gap in snapshot.gaps if gap.kind == CONFIG_MAP and gap.name in names), None)
    return hidden or next((gap for gap in snapshot.gaps if gap.kind == DEPLOYMENT), None)
