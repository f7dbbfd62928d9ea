"""The connections of a snapshot: every client class towards every host that it can name, each worked out when asked.

Sources by step: sections 2 (rules), 3 (auto mTLS, unknown hosts, ambient) and 4 (outcome) of Istio's behaviour, whose
single questions have a file each in this folder.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.accepts import Accepts, Doubt, Effective, GatewayProxy, NoProxy, Unknown
from kubectl_mtls.posture.admission import Admission
from kubectl_mtls.posture.ambient import resolve_ambient
from kubectl_mtls.posture.blind_spot import gap_before, gap_behind
from kubectl_mtls.posture.client_class import ClientClass
from kubectl_mtls.posture.cluster import Cluster, Sent
from kubectl_mtls.posture.connection import DOCUMENTATION, ISTIOD, NO_RULE, Connection, Result, Way, overall
from kubectl_mtls.posture.endpoints import Endpoint
from kubectl_mtls.posture.fault import Fault, UnknownBy
from kubectl_mtls.posture.gateway_server import resolve_listener
from kubectl_mtls.posture.hbone import takes_hbone
from kubectl_mtls.posture.identity import domains_fit, name_never_fits
from kubectl_mtls.posture.outbound import Chosen, Outbound, distinct_ports
from kubectl_mtls.posture.protocol import PortProtocol
from kubectl_mtls.posture.registry import Discovery, Host, HostPort
from kubectl_mtls.posture.server import resolve_server
from kubectl_mtls.posture.verdict import Outcome, ServerSide, Verdict, fails, judge_connection, unknown
from kubectl_mtls.posture.wire import Wire

_PROXIED = (Proxy.SIDECAR, Proxy.GATEWAY)
_ADDRESSLESS = (Discovery.PASSTHROUGH, Discovery.DYNAMIC_DNS)


class Connections:
    """The connections of a snapshot, each worked out when it is asked for."""

    def __init__(self, outbound: Outbound) -> None:
        self.outbound = outbound
        self._admission = Admission(outbound.snapshot)
        self._accepts: dict[tuple[object, ...], Accepts] = {}
        self._by_name: dict[str, Host] = {}
        for host in outbound.hosts:
            before = self._by_name.get(host.name)
            if before is None or (host.kubernetes and not before.kubernetes):
                self._by_name[host.name] = host

    def hosts_of(self, client: ClientClass) -> list[Host]:
        """Every host that a client can name: the one that its proxy knows where several have a name."""
        known = self._known(client)
        return [known.get(name) or host for name, host in sorted(self._by_name.items())]

    def named(self, client: ClientClass, name: str) -> Host | None:
        """The host that a client means by a full name."""
        return self._known(client).get(name) or self._by_name.get(name)

    def _known(self, client: ClientClass) -> Mapping[str, Host]:
        if client.proxy not in _PROXIED:
            return {}
        scope = self.outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
        return scope.hosts

    def every(self, client: ClientClass) -> Iterator[Connection]:
        """All connections of a client, by host, port and subset."""
        for host in self.hosts_of(client):
            for port in sorted(distinct_ports(host), key=lambda port: port.number):
                yield from self.of(client, host, port)

    def of(self, client: ClientClass, host: Host, port: HostPort) -> tuple[Connection, ...]:
        """The connection to the plain host, then one for each subset that the client's rule has."""
        if port.protocol is PortProtocol.UDP:
            return (self._undecided(client, host, port, UnknownBy.NOT_PROXIED),)
        if client.proxy is Proxy.NONE or port.number in client.uncaptured:
            way = Way.NO_PROXY if client.proxy is Proxy.NONE else Way.UNCAPTURED
            return (self._plain(client, host, port, way),)
        if client.proxy in _PROXIED:
            return self._by_proxy(client, host, port)
        if client.proxy in (Proxy.AMBIENT, Proxy.WAYPOINT):
            return (self._ambient(client, host, port),)
        why = UnknownBy.PROXYLESS if client.proxy is Proxy.PROXYLESS else UnknownBy.INJECTION
        return (self._undecided(client, host, port, why),)

    def _by_proxy(self, client: ClientClass, host: Host, port: HostPort) -> tuple[Connection, ...]:
        if self._is_patched(client):
            return (self._undecided(client, host, port, UnknownBy.CLIENT_FILTER),)
        known = self._known(client)
        target = self._target(host, known)
        if target is None or known.get(target.name) is not target:
            return (self._unknown_host(client, host, port),)
        target_port = port if target is host else target.port(port.number)
        if target_port is None:
            return (self._unknown_host(client, host, port),)
        chosen = self.outbound.choose(client.settings, client.namespace, client.label_map, target)
        clusters = self.outbound.clusters(client.settings, target, target_port, chosen.rule, gateway=client.is_gateway)
        if not clusters:
            return (self._unknown_host(client, host, port, chosen),)
        gap = gap_before(self.outbound.snapshot, client, target, chosen)
        return tuple(self._by_cluster(client, host, port, one, chosen, gap) for one in clusters)

    def _by_cluster(
        self, client: ClientClass, host: Host, port: HostPort, cluster: Cluster, chosen: Chosen, gap: Gap | None
    ) -> Connection:
        results = tuple(self._result(client, cluster, sent) for sent in cluster.sent)
        outcome = overall(results) if results else self._without_endpoints(cluster)
        if gap is not None:
            outcome = unknown(UnknownBy.GAP)
        found = Connection(
            client, host, port, cluster.subset, Way.CLUSTER, chosen, cluster, cluster.wire, outcome, results, gap
        )
        return replace(found, basis=DOCUMENTATION) if _is_documented_only(results) else found

    def _without_endpoints(self, cluster: Cluster) -> Outcome:
        """Addresses that come with the request: outside of the mesh they are judged like any other."""
        if not cluster.host.external or cluster.host.discovery not in _ADDRESSLESS:
            addressless = cluster.host.discovery in _ADDRESSLESS and not cluster.host.kubernetes
            return unknown(UnknownBy.ANY_ADDRESS if addressless else UnknownBy.NO_ENDPOINTS)
        server = ServerSide(NoProxy(), cluster.port.protocol, external=True)
        return judge_connection(cluster.wire, cluster.policy.tls, server)

    def _result(self, client: ClientClass, cluster: Cluster, sent: Sent) -> Result:
        accepts = self._accepting(sent.endpoint, client)
        server = self._server(cluster.host, cluster.port, sent.endpoint, accepts)
        outcome = judge_connection(sent.wire, cluster.policy.tls, server)
        if outcome.verdict is Verdict.MTLS and sent.wire is Wire.ISTIO_MUTUAL:
            outcome = self._with_names(client, cluster, sent.endpoint, outcome)
        return self._admitted(client, Result(sent.endpoint, sent.wire, accepts, outcome, sent))

    def _with_names(self, client: ClientClass, cluster: Cluster, endpoint: Endpoint, outcome: Outcome) -> Outcome:
        server = self.outbound.settings_of(endpoint.pod.revision) if endpoint.pod else client.settings
        if name_never_fits(cluster.policy, endpoint, server):
            return fails(Fault.SERVER_REFUSED)
        return outcome if domains_fit(client.settings, server) else fails(Fault.CLIENT_REFUSED)

    def _admitted(self, client: ClientClass, result: Result) -> Result:
        """A connection without identity may come about and be refused all the same."""
        carries_none = result.outcome.verdict is Verdict.PLAINTEXT and isinstance(result.accepts, Effective)
        if not carries_none:
            return result
        endpoint = result.endpoint
        root = client.settings.root_namespace
        refusal = self._admission.refusal(endpoint.namespace, root, endpoint.labels, endpoint.port)
        if refusal is None:
            return result
        outcome = fails(Fault.IDENTITY_REQUIRED)
        return Result(endpoint, result.wire, result.accepts, outcome, result.sent, refusal)

    def _server(self, host: Host, port: HostPort, endpoint: Endpoint, accepts: Accepts) -> ServerSide:
        listener = None
        if isinstance(accepts, GatewayProxy) and endpoint.pod is not None:
            listener = resolve_listener(self.outbound.snapshot.gateways, endpoint.pod, port.number, endpoint.port)
        ambient = endpoint.pod is not None and endpoint.pod.proxy is Proxy.AMBIENT
        return ServerSide(accepts, port.protocol, host.external, listener, ambient)

    def _accepting(self, endpoint: Endpoint, client: ClientClass) -> Accepts:
        """What an endpoint accepts; a machine that clients take for mutual is one with a proxy."""
        policies = self.outbound.policies
        if endpoint.pod is not None:
            key = (endpoint.pod.key, endpoint.port)
            found = self._accepts.get(key)
            if found is None:
                found = resolve_server(policies, endpoint.pod, endpoint.port)
                if isinstance(found, Unknown) and found.why is Doubt.AMBIENT and not self._hides_policies():
                    found = resolve_ambient(policies, endpoint.pod, endpoint.port)
                self._accepts[key] = found
            return found
        if endpoint.machine is not None and endpoint.tls_mode == "istio":
            root = client.settings.root_namespace
            return policies.effective_at(endpoint.namespace, root, endpoint.labels, endpoint.port)
        return NoProxy()

    def _hides_policies(self) -> bool:
        return any(gap.kind == PEER_AUTHENTICATION for gap in self.outbound.snapshot.gaps)

    def _plain(self, client: ClientClass, host: Host, port: HostPort, way: Way) -> Connection:
        """Plaintext from a client without proxy; kube-proxy or DNS finds the endpoint."""
        target = self._target(host, self._by_name) or host
        found = [
            one
            for one in self.outbound.endpoints.of(target.key)
            if not one.terminating and one.is_of(port.name, port.number)
        ]
        results = tuple(self._plain_result(client, target, port, one) for one in found)
        outcome = overall(results)
        if target.external and not results:
            outcome = Outcome(Verdict.PLAINTEXT)
        gap = gap_behind(self.outbound.snapshot, target)
        if gap is not None:
            outcome = unknown(UnknownBy.GAP)
        basis = DOCUMENTATION if _is_documented_only(results) else ISTIOD
        return Connection(client, host, port, None, way, NO_RULE, None, Wire.PLAINTEXT, outcome, results, gap, basis)

    def _plain_result(self, client: ClientClass, host: Host, port: HostPort, endpoint: Endpoint) -> Result:
        accepts = self._accepting(endpoint, client)
        outcome = judge_connection(Wire.PLAINTEXT, None, self._server(host, port, endpoint, accepts))
        return self._admitted(client, Result(endpoint, Wire.PLAINTEXT, accepts, outcome))

    def _unknown_host(self, client: ClientClass, host: Host, port: HostPort, chosen: Chosen = NO_RULE) -> Connection:
        """Not imported, or without a cluster: PassthroughCluster in plaintext, or BlackHoleCluster (3.7)."""
        found = self._plain(client, host, port, Way.UNKNOWN_HOST)
        scope = self.outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
        if client.is_gateway or scope.outbound_mode == "REGISTRY_ONLY":
            return replace(found, chosen=chosen, outcome=fails(Fault.BLOCKED), results=())
        return replace(found, chosen=chosen)

    def _ambient(self, client: ClientClass, host: Host, port: HostPort) -> Connection:
        """ztunnel reads no rules: HBONE to what takes it, else plaintext (3.6); told by documentation only."""
        results = []
        target = self._target(host, self._by_name) or host
        for one in self.outbound.endpoints.of(target.key):
            if not one.terminating and one.is_of(port.name, port.number):
                accepts = self._accepting(one, client)
                wire = Wire.HBONE if takes_hbone(one) else Wire.PLAINTEXT
                outcome = judge_connection(wire, None, self._server(target, port, one, accepts))
                results.append(Result(one, wire, accepts, outcome))
        wires = {one.wire for one in results}
        wire = wires.pop() if len(wires) == 1 else Wire.MIXED if wires else Wire.UNKNOWN
        gap = gap_behind(self.outbound.snapshot, target)
        outcome = overall(results) if gap is None else unknown(UnknownBy.GAP)
        return Connection(
            client, host, port, None, Way.AMBIENT, NO_RULE, None, wire, outcome, tuple(results), gap, DOCUMENTATION
        )

    def _undecided(self, client: ClientClass, host: Host, port: HostPort, why: UnknownBy) -> Connection:
        wire = Wire.PLAINTEXT if why is UnknownBy.NOT_PROXIED else Wire.UNKNOWN
        return Connection(client, host, port, None, Way.UNDECIDED, NO_RULE, None, wire, unknown(why))

    def _target(self, host: Host, known: Mapping[str, Host]) -> Host | None:
        """What an ExternalName stands for in the end; None for names that nobody has, and for circles."""
        seen: set[str] = set()
        found: Host | None = host
        while found is not None and found.discovery is Discovery.ALIAS:
            if found.name in seen:
                return None
            seen.add(found.name)
            found = known.get(found.alias_of)
        return found

    def _is_patched(self, client: ClientClass) -> bool:
        places = (client.namespace, client.settings.root_namespace)
        return any(
            (one.gateway_field if client.is_gateway else one.outbound_field)
            and one.metadata.namespace in places
            and selects(one.match_labels, client.label_map)
            for one in self.outbound.snapshot.envoy_filters
        )


def _is_documented_only(results: tuple[Result, ...]) -> bool:
    """Whether an answer rests on ambient mode, which was not compared with running code."""
    return any(
        one.wire is Wire.HBONE or (one.endpoint.pod is not None and one.endpoint.pod.proxy is Proxy.AMBIENT)
        for one in results
    )
