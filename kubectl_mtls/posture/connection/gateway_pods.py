"""Which pods does an Istio Gateway hold for? Gateway proxies in any namespace that its selector matches."""

from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.cluster.outbound import Outbound

Keys = frozenset[tuple[str, str]]


class GatewayPods:
    """The gateway pods of a snapshot, asked by Gateway. `count` is how many there are at all."""

    def __init__(self, outbound: Outbound) -> None:
        pods = [pod for pod in outbound.snapshot.pods.values() if pod.proxy is Proxy.GATEWAY]
        self._pods = [(pod, outbound.settings_of(pod.revision).scopes_gateways) for pod in pods]
        self._found: dict[Ref, Keys] = {}
        self.count = len(pods)

    def of(self, gateway: Gateway) -> Keys:
        """The keys of its pods; with PILOT_SCOPE_GATEWAY_TO_NAMESPACE only of its own namespace."""
        ref = gateway.metadata.ref
        if ref not in self._found:
            self._found[ref] = frozenset(
                pod.key
                for pod, own_namespace in self._pods
                if selects(gateway.match_labels, pod.labels)
                and (not own_namespace or pod.metadata.namespace == ref.namespace)
            )
        return self._found[ref]

    def meet(self, one: Gateway, other: Gateway) -> bool:
        """Whether any pod has both."""
        return one is other or bool(self.of(one) & self.of(other))
