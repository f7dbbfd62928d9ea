"""Clients folded: for each host those that share a connection, without asking every client.

Clients share an answer unless something that names the host, their namespace or their labels tells them apart, so the
cost grows with the objects and never with services x clients.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.posture.client.client_class import Classifier, ClientClass
from kubectl_mtls.posture.client.client_fold import Crowd, Member, Name, Rest, fold_clients
from kubectl_mtls.posture.client.registry import Host, HostPort, behind_alias
from kubectl_mtls.posture.client.special_namespaces import resolve_special_namespaces
from kubectl_mtls.posture.connection.blind_spot import is_blind
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.proxied import is_patched
from kubectl_mtls.posture.connection.verdict import Verdict

_WITHOUT_PROXY = (Proxy.NONE, Proxy.UNKNOWN)
_NO_CLIENTS = (*_WITHOUT_PROXY, Proxy.WAYPOINT)
"""Who counts only where somebody names it: a waypoint sends on what others ask for."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Clients with the same connection to one Service port. `workloads` counts the client workloads among them.

    `connection` is that of one class, which stands for all. `are_aware`: their proxies know the host, or somebody asked
    for them by name. What a Sidecar or an exportTo keeps from a proxy is declared to be none of its business.
    """

    connection: Connection
    parts: tuple[Rest | Member, ...]
    workloads: int
    are_aware: bool

    @property
    def verdict(self) -> Verdict:
        """What becomes of their connections."""
        return self.connection.verdict

    @property
    def classes(self) -> tuple[ClientClass, ...]:
        """All of them, by class."""
        members = (one for part in self.parts for one in (part.members if isinstance(part, Rest) else (part,)))
        return tuple(client for member in members for client in member.classes)


@dataclass(frozen=True, slots=True)
class _Audience:
    """Clients that are told the same about a host; `first` stands for all. `alone` and `shared` as in Member."""

    first: Member
    parts: tuple[Rest | Member, ...]
    alone: int
    shared: frozenset[Name]
    are_aware: bool


class TrafficResolver:
    """Folds the clients of a mesh once, then answers for every host.

    `namespaces`: only their pods count. `asked`: only these pods count, and all of them, with a proxy or without.
    """

    def __init__(
        self,
        connections: Connections,
        namespaces: Collection[str] | None = None,
        asked: Iterable[Pod] | None = None,
    ) -> None:
        self.connections = connections
        outbound = connections.outbound
        self.is_narrowed = asked is not None
        self._is_blind = is_blind(outbound.snapshot)
        naked: dict[str, Pod] = {}
        clients: list[Pod] = []
        for pod in outbound.snapshot.pods.values() if asked is None else asked:
            if namespaces is not None and pod.metadata.namespace not in namespaces:
                continue
            if pod.proxy in _WITHOUT_PROXY:
                naked.setdefault(pod.metadata.namespace, pod)
            if self.is_narrowed or pod.proxy not in _NO_CLIENTS:
                clients.append(pod)
        self.without_proxy = tuple(sorted(naked))
        self._naked = Classifier(outbound).of(next(iter(naked.values()))) if naked else None
        self._heard: tuple[Host | None, tuple[_Audience, ...]] = (None, ())
        self._special = resolve_special_namespaces(outbound)
        self._deaf: dict[object, Crowd] = defaultdict(Crowd)
        self._alike: dict[object, Crowd] = defaultdict(Crowd)
        self._limited: dict[object, Crowd] = defaultdict(Crowd)
        self._importing: dict[str, set[str]] = defaultdict(set)
        self._alike_in: dict[str, list[Member]] = defaultdict(list)
        self._limited_in: dict[str, list[Member]] = defaultdict(list)
        for member in fold_clients(outbound, clients):
            self._place(member)

    def _place(self, member: Member) -> None:
        """Whoever reads no rules is alike everywhere; a Sidecar says by itself which hosts its clients share."""
        scope, key = member.scope, self._kind(member)
        if scope is None:
            self._deaf[key].add(member)
        elif scope.is_limited:
            self._limited[key].add(member)
            self._limited_in[member.client.namespace].append(member)
            for name in scope.hosts:
                self._importing[name].add(member.client.namespace)
        else:
            self._alike[key].add(member)
            self._alike_in[member.client.namespace].append(member)

    def _kind(self, member: Member) -> tuple[object, ...]:
        """What clients of equal rules and hosts still differ by."""
        client, mode = member.client, member.scope.outbound_mode if member.scope else ""
        patched = is_patched(self.connections.outbound.snapshot, client)
        home = client.namespace if client.proxy is Proxy.WAYPOINT else ""
        return (client.proxy, client.settings, client.capture, client.files, patched, mode, home)

    def callers(self, host: Host, port: HostPort) -> tuple[Callers, ...]:
        """Who calls a port of a host, by connection, the most workloads first."""
        found: dict[object, tuple[Connection, list[_Audience]]] = {}
        for one in self._audiences(host):
            connection = self._connection(one.first.client, host, port)
            found.setdefault((one.are_aware, _identity(connection)), (connection, []))[1].append(one)
        callers = (_callers(connection, audiences) for connection, audiences in found.values())
        return tuple(sorted(callers, key=lambda one: (-one.workloads, one.verdict)))

    def _audiences(self, host: Host) -> tuple[_Audience, ...]:
        """Who hears of a host, by what is said about it. The ports of a host are asked for one after the other."""
        if self._heard[0] is not host:
            self._heard = (host, tuple(self._hearing(host)))
        return self._heard[1]

    def _hearing(self, host: Host) -> Iterator[_Audience]:
        target = behind_alias(host, self.connections.outbound.by_name) or host
        special = self._special.of(host) if target is host else self._special.of(host) | self._special.of(target)
        alike: dict[tuple[bool, object], list[Rest | Member]] = defaultdict(list)
        every: tuple[Rest | Member, ...] = (*self._apart(host, special), *self._together(host, special))
        for part in every:
            if (member := part.first) is not None:
                alike[self.is_narrowed or member.knows(host), self._effect(member, host)].append(part)
        for (are_aware, _), parts in alike.items():
            first = next(part.first for part in parts)
            assert first is not None
            shared = frozenset().union(*(part.shared for part in parts))
            yield _Audience(first, tuple(parts), sum(part.alone for part in parts), shared, are_aware)

    def _apart(self, host: Host, special: frozenset[str]) -> Iterator[Member]:
        """Clients that are asked one by one: their Sidecar, or that of a neighbour, imports the host, or something
        names it there.
        """
        for namespace in self._importing.get(host.name, ()):
            yield from self._limited_in[namespace]
        for namespace in special:
            yield from self._alike_in.get(namespace, ())

    def _together(self, host: Host, special: frozenset[str]) -> Iterator[Rest]:
        """Clients of which one stands for all: nothing tells them apart here, or none of them knows the host."""
        for crowd in self._deaf.values():
            yield Rest(crowd)
        for crowd in self._alike.values():
            yield Rest(crowd, special)
        importing = frozenset(self._importing.get(host.name, ()))
        for crowd in self._limited.values():
            yield Rest(crowd, importing)

    def _effect(self, member: Member, host: Host) -> object:
        """What a client's answer comes to, whichever object says it: clients of equal effect are alike here."""
        client, outbound = member.client, self.connections.outbound
        known = member.scope.hosts if member.scope and not self._is_blind else {}
        named = known.get(host.name)
        target = behind_alias(named, known) if named else None
        if target is None:
            return member
        rule = outbound.choose(client.settings, client.namespace, client.label_map, target).rule
        return (target, rule.effect if rule else "", *self._kind(member))

    def _connection(self, client: ClientClass, host: Host, port: HostPort) -> Connection:
        named = self.connections.named(client, host.name) or host
        return self.connections.of(client, named, named.port(port.number) or port)[0]

    def plain(self, host: Host, port: HostPort) -> Connection | None:
        """What becomes of plaintext from pods without a proxy; None where every pod has one."""
        return self._connection(self._naked, host, port) if self._naked else None


def _callers(connection: Connection, audiences: Sequence[_Audience]) -> Callers:
    """Audiences with one connection; a workload that is in several counts once."""
    parts = tuple(part for one in audiences for part in one.parts)
    shared = set[Name]().union(*(one.shared for one in audiences))
    return Callers(connection, parts, sum(one.alone for one in audiences) + len(shared), audiences[0].are_aware)


def _identity(connection: Connection) -> object:
    """Connections of different classes by the same cluster are one; others by what they come to."""
    if connection.cluster is not None:
        rule = connection.cluster.rule
        rules = tuple(id(one) for one in rule.rules) if rule else ()
        kind = (connection.client.is_gateway, connection.client.files)
        return (connection.cluster.host, rules, kind, connection.wire, connection.outcome)
    return (connection.way, connection.wire, connection.outcome, connection.client.proxy)
