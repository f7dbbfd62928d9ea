"""Connections with their evidence, for the clients that somebody asked about, and those that fit a symptom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host, HostPort
from kubectl_mtls.posture.client.routes import Detour, resolve_detours, unread_routes
from kubectl_mtls.posture.client.visibility import Scope
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.connection import Connection, Way
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.evidence import Bypass, Decision, resolve_evidence
from kubectl_mtls.posture.connection.fault import Fault, UnknownBy
from kubectl_mtls.posture.connection.passed_over import rules_naming
from kubectl_mtls.posture.connection.symptom import NO_ENDPOINTS, Symptom, likeness, named_in, resolve_symptom
from kubectl_mtls.posture.server.accepts import NoProxy, Unknown


@dataclass(frozen=True, slots=True)
class Group:
    """Clients that no rule tells apart: a class and its pods; none for `outside`."""

    client: ClientClass
    pods: tuple[Pod, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """One connection of a group, what decided it, how its failure looks, and where else it may be routed.

    `unread_routes` is the gap behind which further detours may hide.
    """

    group: Group
    connection: Connection
    decisions: tuple[Decision, ...]
    symptom: Symptom | None = None
    detours: tuple[Detour, ...] = ()
    likeness: float = 0.0
    unread_routes: Gap | None = None


class Explainer:
    """Adds the evidence to connections."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self._naming: dict[str, list[DestinationRule]] = {}

    def every(self, group: Group) -> Iterator[Explained]:
        """Everything that a client can name."""
        for connection in self.connections.every(group.client):
            yield self._explained(group, connection)

    def to(self, group: Group, host: Host, port: HostPort) -> Iterator[Explained]:
        """One port of one host, its subsets too."""
        named = self.connections.named(group.client, host.name) or host
        for connection in self.connections.of(group.client, named, named.port(port.number) or port):
            yield self._explained(group, connection)

    def suspects(self, groups: Sequence[Group], seen: str) -> list[Explained]:
        """The failing connections that would look like what was seen, the likeliest first.

        Log lines name both ends: each that is named there makes it twice as likely, and names the pods of the group.
        """
        found: list[Explained] = []
        names = named_in(seen)
        for group in groups:
            for one in self.every(group):
                score = max((likeness(seen, symptom) for symptom in symptoms_of(one.connection)), default=0.0)
                callers = _callers_named(group, one.connection, names)
                score *= (2 if callers else 1) * (2 if _is_named(one.connection, names) else 1)
                if score > 0:
                    named = Group(group.client, callers) if callers else group
                    found.append(replace(one, group=named, likeness=score))
        return sorted(found, key=lambda one: (-one.likeness, one.connection.host.name, one.connection.port.number))

    def _explained(self, group: Group, connection: Connection) -> Explained:
        host = connection.cluster.host.name if connection.cluster else connection.host.name
        if host not in self._naming:
            self._naming[host] = rules_naming(self.connections.outbound.rules, host)
        bypass = self._bypass(group, connection)
        decisions = resolve_evidence(connection, self._naming[host], self._scope(connection), bypass)
        symptom = next(iter(symptoms_of(connection)), None)
        snapshot = self.connections.outbound.snapshot
        detours, unread = resolve_detours(snapshot, group.client, connection), unread_routes(snapshot)
        return Explained(group, connection, tuple(decisions), symptom, detours, unread_routes=unread)

    def _bypass(self, group: Group, connection: Connection) -> Bypass | None:
        if connection.way is not Way.UNCAPTURED or not group.pods:
            return None
        annotation = self.connections.missed_by(group.client, connection.host, connection.port)
        return Bypass(group.pods[0], annotation) if annotation else None

    def _scope(self, connection: Connection) -> Scope | None:
        client = connection.client
        if connection.way is not Way.UNKNOWN_HOST:
            return None
        return self.connections.outbound.scope(
            client.settings, client.namespace, client.label_map, gateway=client.is_gateway
        )


def _callers_named(group: Group, connection: Connection, names: frozenset[str]) -> tuple[Pod, ...]:
    """The pods of a group that a text names, not as the server."""
    servers = {result.endpoint.pod.key for result in connection.results if result.endpoint.pod}
    named = (pod for pod in group.pods if pod.address in names or pod.metadata.name in names)
    return tuple(pod for pod in named if pod.key not in servers)


def _is_named(connection: Connection, names: frozenset[str]) -> bool:
    """Whether a text that holds these names speaks of the server."""
    host = connection.host
    return bool({host.name, host.source.name} & names) or any(
        one.endpoint.address in names for one in connection.results
    )


def doubt_of(connection: Connection) -> Unknown | None:
    """Why what some endpoint accepts is not known; None where all is."""
    return next((one.accepts for one in connection.results if isinstance(one.accepts, Unknown)), None)


def gap_of(connection: Connection) -> Gap | None:
    """What could not be read and may decide: the client's rule, else what an endpoint accepts."""
    doubt = doubt_of(connection)
    return connection.gap or (doubt.gap if doubt else None)


def symptoms_of(connection: Connection) -> list[Symptom]:
    """How each way of failing of a connection looks."""
    faults: dict[tuple[Fault, Wire, bool], None] = {}
    if connection.outcome.fault is not None and not connection.results:
        faults[connection.outcome.fault, connection.wire, True] = None
    for result in connection.results:
        if result.outcome.fault is not None:
            faults[result.outcome.fault, result.wire, not isinstance(result.accepts, NoProxy)] = None
    proxied = connection.way in (Way.CLUSTER, Way.UNKNOWN_HOST)
    http = connection.port.protocol.is_http
    if proxied and connection.outcome.unknown is UnknownBy.NO_ENDPOINTS:
        return [NO_ENDPOINTS]
    return [resolve_symptom(fault, wire, http=http, proxied=proxied, logged=logged) for fault, wire, logged in faults]
