"""Which connections differ between two snapshots? What plans, `check --against` and the fixes of `explain` count.

The unit is (client workload, port of a host), and each subset that a VirtualService routes to, for what is there before
and after. Pods without a proxy are nobody's clients for certain: what becomes of plaintext is told once for each port.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kubectl_mtls.posture.change.client_pairs import Client, ClientPairs, Clients, Joined, count_clients
from kubectl_mtls.posture.change.shift import Answer, Shift, answer_of
from kubectl_mtls.posture.change.touch import Touch, resolve_touch, touched_names
from kubectl_mtls.posture.client.client_class import ClientClass, outside
from kubectl_mtls.posture.client.registry import Host, HostPort
from kubectl_mtls.posture.client.routes import resolve_routed_subsets
from kubectl_mtls.posture.cluster.outbound import distinct_ports
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.mesh.callers import TrafficResolver

_NOTHING_THERE = (UnknownBy.NO_ENDPOINTS, UnknownBy.NOT_PROXIED)
_UNRESOLVED = (UnknownBy.SERVER, UnknownBy.GAP, UnknownBy.CLIENT_FILTER, UnknownBy.PROXYLESS, UnknownBy.INJECTION)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change does to connections.

    `clients` counts the workloads with a proxy, `stays` their connections by what they stay (those to nothing are left
    out). `uncertain` are connections that may change, or fail, without anybody being able to tell. `plain` is what
    becomes of plaintext without a proxy, where that certainly differs.
    """

    clients: int = 0
    stays: tuple[tuple[Verdict, int], ...] = ()
    shifts: tuple[Shift, ...] = ()
    uncertain: tuple[Shift, ...] = ()
    plain: tuple[Shift, ...] = ()

    @property
    def changing(self) -> int:
        """How many connections become something else."""
        return sum(len(one.clients) for one in self.shifts)

    @property
    def total(self) -> int:
        """How many connections were looked at."""
        return self.changing + sum(count for _, count in self.stays)

    @property
    def failing(self) -> tuple[Shift, ...]:
        """The connections that start to fail."""
        return tuple(one for one in self.shifts if one.starts_to_fail)

    @property
    def reversed(self) -> "Difference":
        """What follows from the way back."""
        return replace(
            self,
            shifts=_reversed(self.shifts),
            uncertain=_reversed(self.uncertain),
            plain=_reversed(self.plain),
        )


def _reversed(shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
    return tuple(one.reversed for one in shifts)


NO_DIFFERENCE = Difference()

_Place = tuple[Host, HostPort]
_Grouped = dict[tuple[str, int, str | None, Answer, Answer], list[Clients]]


def resolve_difference(before: TrafficResolver, after: TrafficResolver) -> Difference:
    """What differs, for the clients, hosts and ports that both have."""
    then, now = before.connections, after.connections
    touch = resolve_touch(then.outbound.snapshot, now.outbound.snapshot)
    pairs = ClientPairs(then.outbound, now.outbound)
    subsets = resolve_routed_subsets(then.outbound.snapshot)
    found = _Collected(touch)
    outsider = outside(then.outbound.snapshot, then.outbound), outside(now.outbound.snapshot, now.outbound)
    for name in touched_names(touch, then.outbound):
        for old, new in _ports(then, now, name, outsider):
            plain = then.of(outsider[0], *old)[0], now.of(outsider[1], *new)[0]
            found.add_plain(*plain)
            for joined in pairs.join(before.callers(*old), after.callers(*new)):
                found.add(joined, plain)
                for one in _of_subsets(then, now, joined, subsets.get(name, ())):
                    found.add(one, plain)
    return found.difference(pairs.total)


def _of_subsets(before: Connections, after: Connections, joined: Joined, subsets: tuple[str, ...]) -> Iterator[Joined]:
    """The same clients towards the subsets that traffic is routed to, where their rules have them."""
    if not subsets:
        return
    then, now = _by_subset(before, joined.before), _by_subset(after, joined.after)
    for subset in subsets:
        if subset in then and subset in now:
            yield Joined(then[subset], now[subset], joined.clients)


def _by_subset(connections: Connections, plain: Connection) -> dict[str | None, Connection]:
    return {one.subset: one for one in connections.of(plain.client, plain.host, plain.port)}


def _ports(
    before: Connections, after: Connections, name: str, outsider: tuple[ClientClass, ClientClass]
) -> Iterator[tuple[_Place, _Place]]:
    """The ports of a name by number, in both."""
    old, new = before.named(outsider[0], name), after.named(outsider[1], name)
    for port in distinct_ports(old) if old else ():
        other = new.port(port.number) if new else None
        if old and new and other:
            yield (old, port), (new, other)


@dataclass(slots=True)
class _Collected:
    """What was found so far. Clients with equal answers on one port are one shift, whatever decides for each."""

    touch: Touch
    stays: dict[Verdict, int] = field(default_factory=lambda: defaultdict(int))
    shifts: _Grouped = field(default_factory=lambda: defaultdict(list))
    uncertain: _Grouped = field(default_factory=lambda: defaultdict(list))
    plain: list[Shift] = field(default_factory=list)

    def add_plain(self, before: Connection, after: Connection) -> None:
        """Plaintext without a proxy."""
        one = Shift(before.host.name, before.port.number, None, (), answer_of(before), answer_of(after))
        is_certain = Verdict.UNKNOWN not in (one.before.verdict, one.after.verdict)
        if is_certain and one.before.differs(one.after):
            self.plain.append(one)

    def add(self, joined: Joined, plain: tuple[Connection, Connection]) -> None:
        """Clients with a proxy."""
        before, after = answer_of(joined.before), answer_of(joined.after)
        if _leads_nowhere(before, after):
            return
        key = (joined.before.host.name, joined.before.port.number, joined.before.subset, before, after)
        if before.differs(after):
            self.shifts[key] += joined.clients
        else:
            self.stays[before.verdict] += count_clients(joined.clients)
        if self._is_uncertain(joined, before, after, plain):
            self.uncertain[key] += joined.clients

    def _is_uncertain(
        self, joined: Joined, before: Answer, after: Answer, plain: tuple[Connection, Connection]
    ) -> bool:
        """Whether it may change, or fail, and nobody can tell."""
        if after.verdict is not Verdict.UNKNOWN:
            return before.verdict is Verdict.UNKNOWN and bool(after.failing)
        if before.verdict is not Verdict.UNKNOWN or _gist(joined.before) != _gist(joined.after):
            return True
        if after.outcome.unknown not in _UNRESOLVED:
            return False
        then, now = map(answer_of, plain)
        return self.touch.by_rule(joined.before.host.name) or then.differs(now) or now.verdict is Verdict.UNKNOWN

    def difference(self, clients: int) -> Difference:
        """All of it as a value."""
        stays = tuple(sorted(self.stays.items(), key=lambda item: (-item[1], item[0])))
        return Difference(clients, stays, _shifts(self.shifts), _shifts(self.uncertain), tuple(self.plain))


def _shifts(found: _Grouped) -> tuple[Shift, ...]:
    return tuple(
        Shift(host, port, subset, _names(clients), before, after)
        for (host, port, subset, before, after), clients in found.items()
    )


def _names(found: list[Clients]) -> tuple[Client, ...]:
    return tuple(sorted(frozenset[Client]().union(*(one.names for one in found))))


def _leads_nowhere(before: Answer, after: Answer) -> bool:
    """Nothing is behind it, so nothing can break."""
    return before.outcome.unknown in _NOTHING_THERE and after.outcome.unknown in _NOTHING_THERE


def _gist(connection: Connection) -> object:
    """What is known of a connection, whatever its verdict."""
    sent = ((one.endpoint.shown, one.wire, one.outcome) for one in connection.results)
    return connection.wire, tuple(sent)
