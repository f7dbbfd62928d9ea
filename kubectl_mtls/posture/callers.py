"""Clients folded: for each host those that share a connection, without asking every client.

Clients share an answer unless something that names the host, their namespace or their labels tells them apart, so the
cost grows with the objects and never with services x clients.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.host import is_wildcard
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.posture.client_class import Classifier, ClientClass
from kubectl_mtls.posture.connection import Connection
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.outbound import Outbound
from kubectl_mtls.posture.registry import Host, HostPort
from kubectl_mtls.posture.rule_choice import choose_rule, find_rules
from kubectl_mtls.posture.verdict import Verdict

_PROXIED = (Proxy.SIDECAR, Proxy.GATEWAY)
_Name = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Callers:
    """Classes with the same connection to one Service port. `workloads` counts the client workloads in them.

    `connection` is that of one class, which stands for all.
    """

    connection: Connection
    classes: tuple[ClientClass, ...]
    workloads: int

    @property
    def verdict(self) -> Verdict:
        """What becomes of their connections."""
        return self.connection.verdict


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """One class. `alone` counts the workloads that are in no other, `shared` are those that are; `known` the hosts that
    its proxy knows, None where it has none that reads rules.
    """

    client: ClientClass
    alone: int
    shared: frozenset[_Name]
    known: Mapping[str, Host] | None
    outbound_mode: str


class TrafficResolver:
    """Folds the clients of a mesh once, then answers for every host."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        outbound, snapshot = connections.outbound, connections.outbound.snapshot
        self._filters = bool(snapshot.envoy_filters)
        workloads: dict[ClientClass, set[_Name]] = defaultdict(set)
        naked: dict[str, Pod] = {}
        classify = Classifier(outbound).of
        for pod in snapshot.pods.values():
            if pod.proxy in (Proxy.NONE, Proxy.UNKNOWN):
                naked.setdefault(pod.metadata.namespace, pod)
            else:
                workloads[classify(pod)].add((pod.metadata.namespace, pod.workload.kind, pod.workload.name))
        self.without_proxy = tuple(sorted(naked))
        self._naked = classify(next(iter(naked.values()))) if naked else None
        self._special = _special_namespaces(outbound)
        self._alike: dict[object, list[_Member]] = defaultdict(list)
        self._limited: dict[object, list[_Member]] = defaultdict(list)
        self._importers: dict[str, list[_Member]] = defaultdict(list)
        self._by_namespace: dict[str, list[_Member]] = defaultdict(list)
        self._names = {host.name for host in outbound.hosts}
        for member in _members(outbound, workloads):
            self._place(member)

    def _place(self, member: _Member) -> None:
        """Clients of namespaces that nothing is special about go together; others by the hosts that they know."""
        client = member.client
        self._by_namespace[client.namespace].append(member)
        key = (client.proxy, client.settings, client.uncaptured, self._filtered(client))
        if client.namespace not in self._special.always:
            self._alike[key].append(member)
            return
        for name in self._names if member.known is None else member.known:
            self._importers[name].append(member)
        self._limited[*key, member.outbound_mode].append(member)

    def callers(self, host: Host, port: HostPort) -> tuple[Callers, ...]:
        """Who calls a port of a host, by connection, the most workloads first."""
        special = self._special.of(host) - self._special.always
        found: dict[object, tuple[Connection, list[_Member]]] = {}
        by_effect: dict[object, Connection] = {}
        for member in self._apart(host, special):
            key = self._effect(member, host)
            connection = by_effect.get(key)
            if connection is None:
                connection = by_effect[key] = self._connection(member.client, host, port)
            found.setdefault(_identity(connection), (connection, []))[1].append(member)
        for members in self._together(special, host):
            connection = self._connection(members[0].client, host, port)
            found.setdefault(_identity(connection), (connection, []))[1].extend(members)
        callers = [Callers(one, tuple(m.client for m in members), _count(members)) for one, members in found.values()]
        return tuple(sorted(callers, key=lambda one: (-one.workloads, one.verdict)))

    def _apart(self, host: Host, special: frozenset[str]) -> Iterator[_Member]:
        """Clients that are asked one by one: a Sidecar imports the host, or something names it."""
        yield from self._importers.get(host.name, ())
        for namespace in special:
            yield from self._by_namespace.get(namespace, ())

    def _together(self, special: frozenset[str], host: Host) -> Iterator[Sequence[_Member]]:
        """Clients of which one stands for all: nothing tells them apart here, or none of them knows the host."""
        for group in self._alike.values():
            rest = [one for one in group if one.client.namespace not in special]
            if rest:
                yield rest
        importers = set(map(id, self._importers.get(host.name, ())))
        for group in self._limited.values():
            rest = [one for one in group if id(one) not in importers]
            if rest:
                yield rest

    def _effect(self, member: _Member, host: Host) -> object:
        """What a client's answer comes to, whichever object says it: clients of equal effect are alike here."""
        client = member.client
        named = None if member.known is None or self.connections.outbound.snapshot.gaps else member.known.get(host.name)
        if named is None:
            return member
        rules = self.connections.outbound.plane(client.settings).rules
        found = find_rules(rules, client.namespace, named)
        rule = choose_rule(found.rules, client.namespace, client.label_map) if found.rules else None
        effect = rule.effect if rule else ""
        return (named, effect, client.proxy, client.settings, client.uncaptured, self._filtered(client))

    def _connection(self, client: ClientClass, host: Host, port: HostPort) -> Connection:
        named = self.connections.named(client, host.name) or host
        return self.connections.of(client, named, named.port(port.number) or port)[0]

    def _filtered(self, client: ClientClass) -> object:
        """EnvoyFilters hold by namespace; where there are any, nobody is put together with another namespace."""
        return client if self._filters else None

    def plain(self, host: Host, port: HostPort) -> Connection | None:
        """What becomes of plaintext from pods without a proxy; None where every pod has one."""
        return self._connection(self._naked, host, port) if self._naked else None


def _members(outbound: Outbound, workloads: Mapping[ClientClass, set[_Name]]) -> Iterator[_Member]:
    classes = Counter(name for names in workloads.values() for name in names)
    for client, names in workloads.items():
        scope = outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
        shared = frozenset(name for name in names if classes[name] > 1)
        known = scope.hosts if client.proxy in _PROXIED else None
        yield _Member(client, len(names) - len(shared), shared, known, scope.outbound_mode)


def _count(members: Iterable[_Member]) -> int:
    """The workloads of these classes, each once."""
    shared: set[_Name] = set()
    alone = 0
    for member in members:
        alone += member.alone
        shared |= member.shared
    return alone + len(shared)


@dataclass(frozen=True, slots=True)
class _Special:
    """The namespaces whose clients may get another answer: always, or for some hosts."""

    always: frozenset[str]
    by_host: dict[str, set[str]]
    by_pattern: dict[str, set[str]]

    def of(self, host: Host) -> frozenset[str]:
        """The namespaces for which something names this host."""
        found = set(self.by_host.get(host.name, ())) | {one for one in host.export_to if one not in ("*", ".", "~")}
        found.add(host.namespace)
        for pattern, namespaces in self.by_pattern.items():
            if host.name.endswith(pattern[1:]):
                found |= namespaces
        return frozenset(found)


def _special_namespaces(outbound: Outbound) -> _Special:
    snapshot = outbound.snapshot
    roots = {outbound.settings_of(revision).root_namespace for revision in _revisions(outbound)}
    sidecars = {one.metadata.namespace for one in snapshot.sidecars}
    always = set(sidecars) | roots | set(_hidden_namespaces(outbound))
    if sidecars & roots:
        always |= {pod.metadata.namespace for pod in snapshot.pods.values()}
    exact: dict[str, set[str]] = defaultdict(set)
    patterns: dict[str, set[str]] = defaultdict(set)
    for rule in snapshot.destination_rules:
        places = {rule.metadata.namespace, *(one for one in rule.export_to if one not in ("*", ".", "~"))}
        (patterns if is_wildcard(rule.full_host) else exact)[rule.full_host].update(places)
    names = Counter(host.name for host in outbound.hosts)
    for host in outbound.hosts:
        if names[host.name] > 1:
            exact[host.name].add(host.namespace)
    return _Special(frozenset(always), dict(exact), dict(patterns))


def _hidden_namespaces(outbound: Outbound) -> Iterator[str]:
    """Namespaces whose rules could not be read, or were read where others could not: they differ from the rest."""
    for gap in outbound.snapshot.gaps:
        if gap.kind == DESTINATION_RULE:
            yield from gap.except_namespaces
            yield from () if gap.namespace is None else (gap.namespace,)


def _revisions(outbound: Outbound) -> Iterator[str | None]:
    yield None
    yield from {pod.revision for pod in outbound.snapshot.pods.values()}


def _identity(connection: Connection) -> object:
    """Connections of different classes by the same cluster are one; others by what they come to."""
    if connection.cluster is not None:
        rule = connection.cluster.rule
        rules = tuple(id(one) for one in rule.rules) if rule else ()
        return (connection.cluster.host, rules, connection.client.is_gateway, connection.wire, connection.outcome)
    return (connection.way, connection.wire, connection.outcome, connection.client.proxy)
