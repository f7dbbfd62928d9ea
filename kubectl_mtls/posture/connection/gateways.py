"""Which Gateways do proxies get? Istio's own, and those that istiod makes of the Gateway API's, one for each listener.

Source: pilot/pkg/config/kube/gateway (GatewayCollection, buildListener, extractGatewayServices), gatewaycommon
(IsManaged, ClassInfos, ComputeGatewayListenerConflicts). Secrets are taken to be there and sound: where one is not,
istiod leaves the listener out.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.gateway import Gateway, GatewayCredential, GatewayServer
from kubectl_mtls.model.kubernetes_gateway import ApiListener, KubernetesGateway
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.connection.listener_tls import ServerTLS, resolve_listener_tls

INGRESS = "istio.io/gateway-controller"
WAYPOINT = "istio.io/mesh-controller"
EAST_WEST = "istio.io/eastwest-controller"
REMOTE = "istio.io/unmanaged-gateway"
_BUILTIN_CLASSES = {"istio": INGRESS, "istio-waypoint": WAYPOINT, "istio-east-west": EAST_WEST, "istio-remote": REMOTE}
_HBONE_PORT = 15008
_NAME_OVERRIDE = "gateway.istio.io/name-override"
_HTTP_LIKE = ("HTTP", "HTTPS", "TLS")
_STREAMS = ("TCP", "UDP")
_PROTOCOLS = (*_HTTP_LIKE, "TCP")


def resolve_gateways(snapshot: Snapshot) -> tuple[Gateway, ...]:
    """All of them, in the order in which istiod merges them: by age."""
    made = (one for gateway in snapshot.kubernetes_gateways for one in _of_gateway(snapshot, gateway))
    return tuple(sorted((*snapshot.gateways, *made), key=lambda one: one.metadata.age_order))


def holds_for(snapshot: Snapshot, gateway: Gateway, pod: Pod) -> bool:
    """Whether a Gateway is one of a gateway pod's: by its labels, or by the Services before it."""
    named = gateway.services
    if named is None:
        return selects(gateway.match_labels, pod.labels)
    home = pod.metadata.namespace
    before = (one for one in snapshot.services if one.metadata.namespace == home and one.key in named)
    return any(one.selector and selects(one.selector, pod.labels) for one in before)


def controller_of(snapshot: Snapshot, gateway: KubernetesGateway) -> str:
    """Which controller serves a Gateway; empty where nobody says. Istio's own classes need no object."""
    found = snapshot.gateway_classes.get(gateway.class_name)
    return found.controller if found else _BUILTIN_CLASSES.get(gateway.class_name, "")


def _of_gateway(snapshot: Snapshot, gateway: KubernetesGateway) -> Iterator[Gateway]:
    """A waypoint's listener is no server of a gateway, and neither is the HBONE one of an east-west gateway."""
    controller = controller_of(snapshot, gateway)
    if controller not in (INGRESS, EAST_WEST):
        return
    services = _services(gateway, with_suffix=controller == INGRESS)
    for listener in sorted(_distinct(gateway), key=lambda one: one.name):
        if controller == EAST_WEST and listener.port == _HBONE_PORT:
            continue
        tls = resolve_listener_tls(snapshot.reference_grants, gateway, listener)
        without_tls = tls is None and listener.protocol in ("HTTPS", "TLS")
        if listener.protocol in _PROTOCOLS and not without_tls and not (tls and tls.is_refused):
            yield _converted(gateway, listener, tls, services)


def _converted(
    gateway: KubernetesGateway, listener: ApiListener, tls: ServerTLS | None, services: frozenset[tuple[str, str]]
) -> Gateway:
    hosts = (listener.hostname or "*",)
    field = f"{listener.field}.tls"
    mode = tls.mode if tls else None
    server = GatewayServer(field, listener.port, listener.protocol, mode, hosts, tls is not None and tls.builtin)
    named = tls.credentials if tls else ()
    credentials = tuple(GatewayCredential(place, name, mode or "", hosts) for place, name in named)
    return Gateway(gateway.metadata, {}, credentials, (server,), services, is_managed(gateway))


def is_managed(gateway: KubernetesGateway) -> bool:
    """Whether Istio runs the proxies of a Gateway itself: without address, or with one IP address alone."""
    return not gateway.addresses or (len(gateway.addresses) == 1 and gateway.addresses[0][0] == "IPAddress")


def _services(gateway: KubernetesGateway, *, with_suffix: bool) -> frozenset[tuple[str, str]]:
    """The Services whose pods are the gateway: the one that Istio makes, else those that the addresses name.

    Only those beside the Gateway count.
    """
    metadata = gateway.metadata
    if is_managed(gateway):
        made = f"{metadata.name}-{gateway.class_name}" if with_suffix else metadata.name
        return frozenset({(metadata.namespace, metadata.annotations.get(_NAME_OVERRIDE) or made)})
    named = (value for kind, value in gateway.addresses if kind == "Hostname")
    suffix = f".{metadata.namespace}.svc.cluster.local"
    return frozenset(
        (metadata.namespace, value.removesuffix(suffix))
        for value in named
        if "." not in value or value.endswith(suffix)
    )


def _distinct(gateway: KubernetesGateway) -> list[ApiListener]:
    """The listeners without those that an earlier one of the same port is in the way of: of the same host, or of a
    protocol that has the port to itself.
    """
    accepted: list[ApiListener] = []
    taken: dict[int, set[str]] = defaultdict(set)
    for listener in gateway.listeners:
        here, is_http_like = taken[listener.port], listener.protocol in _HTTP_LIKE
        kind = "host" if is_http_like else "stream" if listener.protocol in _STREAMS else listener.protocol
        own = f"host {listener.hostname or '*'}" if is_http_like else kind
        others = {"host": {"stream"}, "stream": {"host"}}.get(kind, set())
        if own not in here and not others & here:
            accepted.append(listener)
            here |= {own, kind}
    return accepted
