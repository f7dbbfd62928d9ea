"""What does a gateway accept on a port? Its Gateway objects say; PeerAuthentication has no effect (1.5, 7.1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.gateway import Gateway, GatewayServer
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import selects

_MANAGED_LABEL = "gateway.networking.k8s.io/gateway-name"


@dataclass(frozen=True, slots=True)
class Listener:
    """The servers of a gateway on one port, each with its Gateway. `managed`: the Gateway API made this gateway."""

    servers: tuple[tuple[Gateway, GatewayServer], ...]
    managed: bool


def resolve_listener(gateways: Iterable[Gateway], pod: Pod, service_port: int, pod_port: int) -> Listener:
    """Servers name the port of the gateway's Service, or the pod's own where no Service has it."""
    bound = [one for one in gateways if one.match_labels and selects(one.match_labels, pod.labels)]
    servers = [(one, server) for one in bound for server in one.servers]
    found = [pair for pair in servers if pair[1].port == service_port]
    return Listener(
        tuple(found or [pair for pair in servers if pair[1].port == pod_port]), _MANAGED_LABEL in pod.labels
    )
