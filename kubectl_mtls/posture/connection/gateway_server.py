"""What do a gateway's pods listen for on a port? Gateways say; PeerAuthentication has no effect (1.5, 7.1).

Source: pilot/pkg/model/push_context.go and gateway.go (mergeGateways, resolvePorts, CheckDuplicates). Routes are not
looked at: a TCP or TLS server without one has no filter chain.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kubectl_mtls.model.gateway import Gateway, GatewayServer
from kubectl_mtls.model.kind import GATEWAY, GATEWAY_CLASS, KUBERNETES_GATEWAY, REFERENCE_GRANT
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import ALWAYS_EXCLUDED
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.service import Service
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.gateways import resolve_gateways
from kubectl_mtls.posture.server.services import target_port

_KINDS = (GATEWAY, KUBERNETES_GATEWAY, GATEWAY_CLASS, REFERENCE_GRANT)
_HTTP = ("HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB")
_WITHOUT_TRANSLATION = "experimental.istio.io/disable-gateway-port-translation"


@dataclass(frozen=True, slots=True)
class Bound:
    """A server and the Gateway that it stands in."""

    gateway: Metadata
    server: GatewayServer

    @property
    def field(self) -> str:
        """The field of the Gateway that says what the server takes."""
        if self.server.tls_mode is None:
            return self.server.field.removesuffix(".tls")
        return self.server.field if self.gateway.ref.kind == KUBERNETES_GATEWAY else f"{self.server.field}.mode"

    @property
    def value(self) -> str:
        """The TLS mode, or the protocol without TLS, and the names that it is for."""
        return f"{self.server.tls_mode or self.server.protocol} for {', '.join(sorted(self.server.server_names))}"


@dataclass(frozen=True, slots=True)
class Listener:
    """The servers of a gateway on one port, in the order in which they were merged.

    `for_health`: the proxy's own port of health and metrics. `hidden`: Gateways that could not be read may have more.
    """

    servers: tuple[Bound, ...]
    for_health: bool = False
    hidden: bool = False

    @property
    def plain(self) -> Bound | None:
        """The server that plaintext reaches; it has no TLS, or redirects to where there is."""
        return next((one for one in self.servers if not takes_tls(one.server)), None)

    def server_for(self, name: str) -> Bound | None:
        """The server whose TLS answers to a server name: by the name itself, else by the longest pattern (Envoy)."""
        encrypted = [one for one in reversed(self.servers) if takes_tls(one.server)]
        by_host = {host: one for one in encrypted for host in one.server.server_names}
        fits = [host for host in by_host if host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:]))]
        return by_host[max(fits, key=lambda host: (host == name, len(host)))] if fits else None

    def concerned(self, wire: Wire, name: str) -> tuple[Bound, ...]:
        """The server that answers; where none does, all that might have."""
        answering = self.plain if wire is Wire.PLAINTEXT else self.server_for(name) or self.plain
        return (answering,) if answering else self.servers


@dataclass(slots=True)
class _Taken:
    """What is on a port already: the hosts of TLS, and the protocol that plaintext speaks."""

    hosts: set[str] = field(default_factory=set)
    plain: str = ""

    def takes(self, server: GatewayServer) -> bool:
        """Whether istiod puts one more server there: TLS beside TLS of other hosts, HTTP beside HTTP."""
        hosts = {host.removeprefix("*/") for host in server.hosts}
        if server.tls_mode is not None and self.hosts & hosts:
            return False
        if self.plain and not (self.plain in _HTTP and server.protocol in _HTTP):
            return False
        if server.tls_mode is not None:
            self.hosts |= hosts
        if not takes_tls(server):
            self.plain = self.plain or server.protocol
        return True


def takes_tls(server: GatewayServer) -> bool:
    """Whether it expects TLS: a `tls` block on an HTTP port only redirects (IsTLSServer)."""
    return server.tls_mode is not None and server.protocol not in _HTTP


class Listeners:
    """The gateways of a snapshot, asked by pod and port."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._gateways = resolve_gateways(snapshot)
        self._hidden = any(gap.kind in _KINDS for gap in snapshot.gaps)
        self._services: dict[str, list[Service]] = defaultdict(list)
        for service in snapshot.services:
            self._services[service.metadata.namespace].append(service)

    def of(self, pod: Pod, port: int, *, own_namespace: bool) -> Listener:
        """What a gateway's pod has on its own port; `own_namespace`: Gateways of other namespaces do not count."""
        if port in ALWAYS_EXCLUDED:
            return Listener((), for_health=True)
        home = pod.metadata.namespace
        services = [one for one in self._services[home] if one.selector and selects(one.selector, pod.labels)]
        found: list[Bound] = []
        taken = _Taken()
        gateways = [one for one in self._gateways if not own_namespace or one.metadata.namespace == home]
        for gateway in _bound(gateways, services, pod):
            here = (one for one in gateway.servers if port in _pod_ports(gateway, one, services, pod))
            found += [Bound(gateway.metadata, one) for one in here if taken.takes(one)]
        return Listener(tuple(found), hidden=self._hidden)


def _bound(gateways: Iterable[Gateway], services: Sequence[Service], pod: Pod) -> list[Gateway]:
    """Those that hold for the pod; beside a managed one of the Gateway API no Istio Gateway from elsewhere does."""
    keys = {service.key for service in services}
    found = [
        one
        for one in gateways
        if (selects(one.match_labels, pod.labels) if one.services is None else one.services & keys)
    ]
    homes = {one.metadata.namespace for one in found if one.managed}
    return [one for one in found if not homes or one.services is not None or one.metadata.namespace in homes]


def _pod_ports(gateway: Gateway, server: GatewayServer, services: Iterable[Service], pod: Pod) -> frozenset[int]:
    """Servers name a Service port: of the Gateway's own Services, else the first that has it, else the pod's own."""
    if gateway.services is not None:
        return frozenset(_targets(server, (one for one in services if one.key in gateway.services), pod))
    translating = (one for one in services if _WITHOUT_TRANSLATION not in one.metadata.labels)
    return frozenset({next(_targets(server, translating, pod), server.port)})


def _targets(server: GatewayServer, services: Iterable[Service], pod: Pod) -> Iterator[int]:
    for service in services:
        for port in service.ports:
            target = target_port(pod, port) if port.number == server.port else None
            if target is not None:
                yield target
