"""Which pods may connect to others, as far as NetworkPolicies say?

Source: kubernetes.io/docs/concepts/services-networking/network-policies: a pod that no ingress policy selects takes
everybody; one that some select takes whom any of them names. Pods of the host's network come as their node does.
"""

from collections import defaultdict
from collections.abc import Collection

from kubectl_mtls.model.network_policy import LabelSelector, NetworkPolicy, Peer
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.snapshot import Snapshot

_NAME_LABEL = "kubernetes.io/metadata.name"
_Class = tuple[str, tuple[tuple[str, str], ...]]


class NetworkReach:
    """Asks who may reach any of some pods; everybody may where one of them takes everybody, or none is known."""

    def __init__(self, snapshot: Snapshot, servers: Collection[Pod]) -> None:
        self._namespaces = snapshot.namespaces
        by_namespace: dict[str, list[NetworkPolicy]] = defaultdict(list)
        for policy in snapshot.network_policies:
            if policy.ingress is not None:
                by_namespace[policy.metadata.namespace].append(policy)
        found = [
            tuple(one for one in by_namespace[pod.metadata.namespace] if one.pods.selects(pod.labels))
            for pod in servers
        ]
        self._is_open = not found or not all(found)
        self._policies = {id(one): one for policies in found for one in policies}.values()
        self._answers: dict[_Class, bool] = {}

    def may_come(self, client: Pod) -> bool:
        """Whether a pod may reach any of the servers."""
        if self._is_open or client.host_network:
            return True
        key = (client.metadata.namespace, tuple(sorted(client.labels.items())))
        if key not in self._answers:
            self._answers[key] = any(self._admits(policy, client) for policy in self._policies)
        return self._answers[key]

    def _admits(self, policy: NetworkPolicy, client: Pod) -> bool:
        rules = policy.ingress or ()
        return any(not peers or any(self._is_peer(policy, peer, client) for peer in peers) for peers in rules)

    def _is_peer(self, policy: NetworkPolicy, peer: Peer, client: Pod) -> bool:
        namespace = client.metadata.namespace
        if peer.is_address:
            return True
        if peer.namespaces is None and namespace != policy.metadata.namespace:
            return False
        if peer.namespaces is not None and not self._is_selected(peer.namespaces, namespace):
            return False
        return peer.pods is None or peer.pods.selects(client.labels)

    def _is_selected(self, selector: LabelSelector, namespace: str) -> bool:
        """A namespace that was not read may have any label; the API server gives each its name as one."""
        known = self._namespaces.get(namespace)
        return known is None or selector.selects({**known.metadata.labels, _NAME_LABEL: namespace})
