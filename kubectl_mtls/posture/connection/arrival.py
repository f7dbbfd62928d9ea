"""What becomes of what arrives at one endpoint: what stands there accepts, which names fit, which policies refuse."""

from collections.abc import Iterable, Iterator

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.workload_entry import ISTIO
from kubectl_mtls.posture.client.registry import Host, HostPort
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.cluster import Cluster
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.cluster.sending import Sent
from kubectl_mtls.posture.cluster.server_name import server_name
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.admission import Admission
from kubectl_mtls.posture.connection.connection import DOCUMENTATION, ISTIOD, Result
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.gateway_server import Listeners
from kubectl_mtls.posture.connection.identity import domains_fit, name_never_fits
from kubectl_mtls.posture.connection.outcome_matrix import ServerSide, judge_connection
from kubectl_mtls.posture.connection.verdict import Outcome, Verdict, fails
from kubectl_mtls.posture.connection.waypoints import Waypoints
from kubectl_mtls.posture.server.accepts import Accepts, Effective, GatewayProxy, NoProxy
from kubectl_mtls.posture.server.server import resolve_server


class Arrivals:
    """The endpoints of a snapshot; what each accepts, and what comes of one cluster, is worked out once."""

    def __init__(self, outbound: Outbound) -> None:
        self.outbound = outbound
        self.waypoints = Waypoints(outbound.snapshot)
        self._admission = Admission(outbound.snapshot)
        self._listeners = Listeners(outbound.snapshot)
        self._by_cluster: dict[Cluster, tuple[Result, ...]] = {}
        self._in_plaintext: dict[tuple[object, ...], tuple[Result, ...]] = {}

    def reachable(self, host: Host, port: HostPort) -> list[Endpoint]:
        """The endpoints that kube-proxy or DNS may choose for a port."""
        found = self.outbound.endpoints.of(host.key)
        return [one for one in found if not one.terminating and one.is_of(port.name, port.number)]

    def by_cluster(self, cluster: Cluster, settings: Settings) -> tuple[Result, ...]:
        """What becomes of what a proxy's cluster sends, by endpoint: the same for every client that has the cluster."""
        found = self._by_cluster.get(cluster)
        if found is None:
            found = self._by_cluster[cluster] = tuple(self._all_sent(cluster, settings))
        return found

    def _all_sent(self, cluster: Cluster, settings: Settings) -> Iterator[Result]:
        alike: dict[object, Result] = {}
        for sent in cluster.sent:
            key = (sent.wire, sent.inside, sent.via, sent.endpoint.alike)
            like = alike.get(key)
            if like is None:
                like = alike[key] = self._sent(cluster, sent, settings)
            yield Result(sent.endpoint, sent.wire, like.accepts, like.outcome, sent, like.refusal, like.servers)

    def in_plaintext(self, host: Host, port: HostPort, settings: Settings) -> tuple[Result, ...]:
        """What becomes of plaintext, by endpoint, whoever sends it."""
        key = (host, port, settings)
        found = self._in_plaintext.get(key)
        if found is None:
            found = self._in_plaintext[key] = tuple(self._all_plain(host, port, settings))
        return found

    def _all_plain(self, host: Host, port: HostPort, settings: Settings) -> Iterator[Result]:
        alike: dict[object, Result] = {}
        for endpoint in self.reachable(host, port):
            key = endpoint.alike
            like = alike.get(key)
            if like is None:
                like = alike[key] = self.of_sent(host, port, Sent(endpoint, Wire.PLAINTEXT), None, settings)
            yield Result(endpoint, Wire.PLAINTEXT, like.accepts, like.outcome, None, like.refusal, like.servers)

    def of_sent(self, host: Host, port: HostPort, sent: Sent, tls: ClientTLS | None, settings: Settings) -> Result:
        """What becomes of what goes out without a proxy's cluster; `tls` is a waypoint's."""
        accepts = self._accepting(host, sent.endpoint, settings)
        server = self._server(host, port, sent.endpoint, accepts)
        outcome = judge_connection(sent.wire, tls, server, sent.inside)
        concerned = server.listener.concerned(sent.wire, server.name) if server.listener else ()
        return self._admitted(Result(sent.endpoint, sent.wire, accepts, outcome, servers=concerned), settings)

    def _sent(self, cluster: Cluster, sent: Sent, settings: Settings) -> Result:
        accepts = self._accepting(cluster.host, sent.endpoint, settings)
        if sent.via and sent.wire is not Wire.ISTIO_MUTUAL:
            fault = Fault.TLS_DEMANDED if sent.wire is Wire.PLAINTEXT else Fault.NAME_NOT_SERVED
            return Result(sent.endpoint, sent.wire, accepts, fails(fault), sent)
        name = server_name(cluster, sent.wire)
        server = self._server(cluster.host, cluster.port, sent.endpoint, accepts, name)
        outcome = judge_connection(sent.wire, cluster.policy.tls, server, sent.inside)
        if outcome.verdict is Verdict.MTLS and sent.wire is Wire.ISTIO_MUTUAL:
            outcome = self._with_names(cluster, sent.endpoint, outcome, settings)
        concerned = server.listener.concerned(sent.wire, name) if server.listener else ()
        return self._admitted(Result(sent.endpoint, sent.wire, accepts, outcome, sent, servers=concerned), settings)

    def _with_names(self, cluster: Cluster, endpoint: Endpoint, outcome: Outcome, client: Settings) -> Outcome:
        server = self.outbound.settings_of(endpoint.pod.revision) if endpoint.pod else client
        if name_never_fits(cluster.policy, endpoint, server):
            return fails(Fault.SERVER_REFUSED)
        return outcome if domains_fit(client, server) else fails(Fault.CLIENT_REFUSED)

    def _admitted(self, result: Result, settings: Settings) -> Result:
        """A connection without identity may come about and be refused all the same."""
        carries_none = result.outcome.verdict is Verdict.PLAINTEXT and isinstance(result.accepts, Effective)
        if not carries_none:
            return result
        endpoint = result.endpoint
        root = settings.root_namespace
        refusal = self._admission.refusal(endpoint.namespace, root, endpoint.labels, endpoint.port)
        if refusal is None:
            return result
        outcome = fails(Fault.IDENTITY_REQUIRED)
        return Result(endpoint, result.wire, result.accepts, outcome, result.sent, refusal)

    def _server(self, host: Host, port: HostPort, endpoint: Endpoint, accepts: Accepts, name: str = "") -> ServerSide:
        listener = None
        if isinstance(accepts, GatewayProxy) and endpoint.pod is not None:
            scoped = self.outbound.settings_of(endpoint.pod.revision).scopes_gateways
            listener = self._listeners.of(endpoint.pod, endpoint.port, own_namespace=scoped)
        identified = endpoint.tls_mode == ISTIO
        return ServerSide(accepts, port.protocol, host.external, listener, name, identified=identified)

    def _accepting(self, host: Host, endpoint: Endpoint, settings: Settings) -> Accepts:
        """What an endpoint accepts; a machine that clients take for mutual has a proxy, for which policies hold.

        Outside of the mesh a service account says no more than which name it has (3.5: never auto mTLS).
        """
        policies = self.outbound.policies
        if endpoint.pod is not None:
            return resolve_server(policies, endpoint.pod, endpoint.port)
        if endpoint.machine is not None and endpoint.tls_mode == ISTIO and not host.external:
            return policies.effective_at(endpoint.namespace, settings.root_namespace, endpoint.labels, endpoint.port)
        return NoProxy()


def basis_of(results: Iterable[Result]) -> str:
    """What an answer rests on: ambient mode and other networks were not compared with running code."""
    documented = any(
        one.wire is Wire.HBONE
        or (one.sent is not None and bool(one.sent.via))
        or (isinstance(one.accepts, Effective) and one.accepts.by_ztunnel)
        for one in results
    )
    return DOCUMENTATION if documented else ISTIOD
