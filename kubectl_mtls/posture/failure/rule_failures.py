"""Which connections FAIL by what a DestinationRule says, place by place, and which edit of it mends them?

An edit is tried on all connections that the place decides, so that a fix for one does not break another. Blocks that
istiod drops are left out: rules find those whether anything fails or not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.client.client_fold import Member, Rest
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.client.rule_index import MergedRule, exchanged
from kubectl_mtls.posture.cluster.outbound import distinct_ports
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.failure.blame import Cause, Place, cause_of, deciding_place, failures_of
from kubectl_mtls.posture.failure.rule_edit import Edit, balanced, switched, without_all, without_block, without_names
from kubectl_mtls.posture.mesh.callers import Callers, TrafficResolver
from kubectl_mtls.posture.mesh.traffic import Traffic


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """One place of a rule and the connections that FAIL by it for one cause, one for each host, port and subset.

    `clients` counts the client workloads with a proxy that have any of them. `edit` makes `edited` of the rule; None:
    under every word that the place could say as much fails, so that endpoints have to change.
    """

    place: Place
    cause: Cause
    connections: tuple[Connection, ...]
    clients: int
    edit: Edit | None
    edited: DestinationRule | None


@dataclass(slots=True)
class _Governed:
    """What one place decides, and which of it fails for which cause."""

    place: Place
    connections: list[Connection] = field(default_factory=list)
    failing: dict[Cause, list[tuple[Connection, tuple[Member, ...]]]] = field(default_factory=lambda: defaultdict(list))


def resolve_rule_failures(resolver: TrafficResolver, traffic: Iterable[Traffic]) -> tuple[RuleFailure, ...]:
    """Every such place, by rule and field. `traffic` is that of the mesh's Services."""
    connections = resolver.connections
    governed: dict[object, _Governed] = {}
    of_services = chain.from_iterable(one.callers for one in traffic)
    for callers in chain(of_services, _of_entries(resolver)):
        for connection, members in _by_rule(connections, callers):
            _sort(governed, connection, members)
    found = _failures(connections, governed.values())
    return tuple(sorted(found, key=lambda one: (one.place.rule.metadata.ref.full, one.place.field, one.cause)))


def failing_place(connection: Connection) -> Place | None:
    """The place of a rule by which a connection fails; None where it works, or no rule decides it."""
    return deciding_place(connection.cluster) if connection.cluster and failures_of(connection) else None


def failure_of(failures: Iterable[RuleFailure], connection: Connection, place: Place) -> RuleFailure | None:
    """The one that a connection is among which fails by this place; None where istiod drops the block there."""
    key = (place.rule.metadata.ref, place.field, cause_of(connection, place))
    return next((one for one in failures if (one.place.rule.metadata.ref, one.place.field, one.cause) == key), None)


def _of_entries(resolver: TrafficResolver) -> Iterator[Callers]:
    for host in resolver.connections.outbound.hosts:
        if not host.kubernetes:
            for port in distinct_ports(host):
                yield from resolver.callers(host, port)


def _by_rule(connections: Connections, callers: Callers) -> Iterator[tuple[Connection, tuple[Member, ...]]]:
    """The connection and those to the rule's subsets; where any fails, once for each rule of equal effect."""
    cluster = callers.connection.cluster
    if cluster is None or cluster.rule is None:
        return
    every = [callers.connection]
    if cluster.rule.subsets:
        one = callers.connection
        every = list(connections.of(one.client, one.host, one.port))
    groups: list[tuple[MergedRule, tuple[Member, ...]]] = [(cluster.rule, ())]
    if any(map(failures_of, every)):
        groups = _by_own_rule(connections, cluster.host, callers)
    for rule, members in groups:
        for connection in every:
            found = connection if rule is cluster.rule else connections.under(connection, rule)
            yield found, members


def _by_own_rule(connections: Connections, host: Host, callers: Callers) -> list[tuple[MergedRule, tuple[Member, ...]]]:
    found: dict[MergedRule, list[Member]] = defaultdict(list)
    for member in (one for part in callers.parts for one in (part.members if isinstance(part, Rest) else (part,))):
        client = member.client
        known = connections.named(client, host.name) or host
        rule = connections.outbound.choose(client.settings, client.namespace, client.label_map, known).rule
        if rule is not None:
            found[rule].append(member)
    return [(rule, tuple(members)) for rule, members in found.items()]


def _sort(governed: dict[object, _Governed], connection: Connection, members: tuple[Member, ...]) -> None:
    place = deciding_place(connection.cluster) if connection.cluster else None
    if place is None:
        return
    one = governed.setdefault((place.rule.metadata.ref, place.field), _Governed(place))
    one.connections.append(connection)
    if failures_of(connection):
        one.failing[cause_of(connection, place)].append((connection, members))


def _failures(connections: Connections, governed: Iterable[_Governed]) -> Iterator[RuleFailure]:
    for one in governed:
        for cause, failing in one.failing.items():
            if cause is not Cause.DROPPED:
                clients = _workloads({member for _, members in failing for member in members})
                found = sorted((connection for connection, _ in failing), key=_order)
                edited, edit = _best_edit(connections, one, found, cause) or (None, None)
                yield RuleFailure(one.place, cause, tuple(found), clients, edit, edited)


def _order(connection: Connection) -> tuple[object, ...]:
    host, client = connection.host, connection.client
    return (*host.key, connection.port.number, connection.subset or "", client.namespace, client.is_gateway)


def _workloads(members: Iterable[Member]) -> int:
    """The client workloads among them, each once."""
    found = list(members)
    return sum(one.alone for one in found) + len(frozenset[object]().union(*(one.shared for one in found)))


def _best_edit(
    connections: Connections, governed: _Governed, failing: Sequence[Connection], cause: Cause
) -> tuple[DestinationRule, Edit] | None:
    """The edit that mends any of `failing` and after which least fails of all that the place decides."""
    best: tuple[int, DestinationRule, Edit] | None = None
    for rule, edit in _edits(governed.place, cause):
        left = {one: _failures_under(connections, one, governed.place.rule, rule) for one in governed.connections}
        total = sum(left.values())
        if any(left[one] < failures_of(one) for one in failing) and (best is None or total < best[0]):
            best = (total, rule, edit)
    return best[1:] if best else None


def _failures_under(
    connections: Connections, connection: Connection, old: DestinationRule, new: DestinationRule
) -> int:
    rule = connection.chosen.rule
    return failures_of(connections.under(connection, exchanged(rule, old, new)) if rule else connection)


def _edits(place: Place, cause: Cause) -> Iterator[tuple[DestinationRule, Edit]]:
    """What may be written instead, the likeliest first."""
    rule, block = place.rule, place.block
    if rule.made_of:
        yield without_all(rule)
        return
    if block is None:
        yield balanced(rule, place.field)
        return
    if cause is Cause.NAMES:
        yield without_names(rule, block)
    if cause in (Cause.PLAINTEXT, Cause.OWN_TLS):
        yield switched(rule, block, ClientMode.ISTIO_MUTUAL)
    yield without_block(rule, block)
    if cause is not Cause.PLAINTEXT:
        yield switched(rule, block, ClientMode.DISABLE)
