"""Who calls each Service port, folded: the clients with a proxy by what becomes of their connections, and the others.

The unit is (client workload, Service port). Clients share an answer unless something that names the host, their
namespace or their labels tells them apart, so the cost grows with the objects and never with services x clients.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.host import is_wildcard, service_host
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client_class import Classifier, ClientClass
from kubectl_mtls.posture.connection import Connection
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.outbound import Outbound
from kubectl_mtls.posture.registry import Host, HostPort
from kubectl_mtls.posture.rule_choice import choose_rule, find_rules
from kubectl_mtls.posture.services import ServiceRow
from kubectl_mtls.posture.verdict import Verdict, aggregate


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


@dataclass(frozen=True, slots=True)
class Traffic:
    """One Service port: who calls it with a proxy, and in which namespaces pods without proxy may."""

    row: ServiceRow
    callers: tuple[Callers, ...]
    without_proxy: tuple[str, ...]
    plain: Connection | None

    @property
    def verdict(self) -> Verdict:
        """The result over all clients with a proxy; UNKNOWN where there is none."""
        return aggregate(one.verdict for one in self.callers)

    @property
    def counts(self) -> Counter[Verdict]:
        """How many client workloads get what."""
        counts: Counter[Verdict] = Counter()
        for one in self.callers:
            counts[one.verdict] += one.workloads
        return counts


@dataclass(frozen=True, slots=True)
class Egress:
    """One port of a host outside of the mesh, and who calls it."""

    host: Host
    port: HostPort
    callers: tuple[Callers, ...]

    @property
    def verdict(self) -> Verdict:
        """The result over all clients with a proxy."""
        return aggregate(one.verdict for one in self.callers)


class TrafficResolver:
    """Folds the clients of a mesh once, then answers for every host."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        outbound, snapshot = connections.outbound, connections.outbound.snapshot
        self._workloads: dict[ClientClass, set[tuple[str, str, str]]] = defaultdict(set)
        naked: dict[str, Pod] = {}
        classify = Classifier(outbound).of
        for pod in snapshot.pods.values():
            if pod.proxy in (Proxy.NONE, Proxy.UNKNOWN):
                naked.setdefault(pod.metadata.namespace, pod)
            else:
                name = (pod.metadata.namespace, pod.workload.kind, pod.workload.name)
                self._workloads[classify(pod)].add(name)
        self.without_proxy = tuple(sorted(naked))
        self._naked = classify(next(iter(naked.values()))) if naked else None
        self._special = _special_namespaces(outbound)
        self._alike: dict[tuple[object, ...], list[ClientClass]] = defaultdict(list)
        self._limited: dict[tuple[object, ...], list[ClientClass]] = defaultdict(list)
        self._importers: dict[str, list[ClientClass]] = defaultdict(list)
        self._names = {host.name for host in outbound.hosts}
        self._by_namespace: dict[str, list[ClientClass]] = defaultdict(list)
        self._plane = outbound.plane
        self._known = {
            client: outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway).hosts
            for client in self._workloads
            if client.proxy in (Proxy.SIDECAR, Proxy.GATEWAY) and not snapshot.gaps
        }
        for client in self._workloads:
            self._by_namespace[client.namespace].append(client)
            if client.namespace not in self._special.always:
                key = (client.proxy, client.settings, client.uncaptured, self._filtered(client))
                self._alike[key].append(client)
            else:
                self._limit(client)

    def _limit(self, client: ClientClass) -> None:
        """A client that may not know every host: which it knows, and what becomes of the others."""
        scope = self.connections.outbound.scope(
            client.settings, client.namespace, client.label_map, gateway=client.is_gateway
        )
        proxied = client.proxy in (Proxy.SIDECAR, Proxy.GATEWAY)
        for name in scope.hosts if proxied else self._names:
            self._importers[name].append(client)
        key = (client.proxy, client.settings, client.uncaptured, scope.outbound_mode, self._filtered(client))
        self._limited[key].append(client)

    def callers(self, host: Host, port: HostPort) -> tuple[Callers, ...]:
        """Who calls a port of a host, by connection, the most workloads first."""
        apart = self._special.always | self._special.of(host)
        found: dict[object, list[tuple[Connection, ClientClass]]] = defaultdict(list)
        by_effect: dict[object, Connection] = {}
        for client in self._apart(host):
            key = self._effect(client, host)
            connection = by_effect.get(key)
            if connection is None:
                connection = by_effect[key] = self._connection(client, host, port)
            found[_identity(connection)].append((connection, client))
        for connection, clients in self._shared(apart, host, port):
            found[_identity(connection)] += [(connection, client) for client in clients]
        callers = [
            Callers(pairs[0][0], tuple(one for _, one in pairs), self._count(one for _, one in pairs))
            for pairs in found.values()
        ]
        return tuple(sorted(callers, key=lambda one: (-one.workloads, one.verdict)))

    def _apart(self, host: Host) -> Iterator[ClientClass]:
        """Clients that are asked one by one: a Sidecar imports the host, or something names it."""
        yield from self._importers.get(host.name, ())
        for namespace in self._special.of(host) - self._special.always:
            yield from self._by_namespace.get(namespace, ())

    def _effect(self, client: ClientClass, host: Host) -> object:
        """What a client's answer comes to, whichever object says it: clients of equal effect are alike here."""
        known = self._known.get(client)
        if known is None:
            return client
        named = known.get(host.name)
        if named is None:
            return client
        found = find_rules(self._plane(client.settings).rules, client.namespace, named)
        rule = choose_rule(found.rules, client.namespace, client.label_map) if found.rules else None
        effect = rule.effect if rule else ""
        return (named, effect, client.proxy, client.settings, client.uncaptured, self._filtered(client))

    def _shared(
        self, apart: frozenset[str], host: Host, port: HostPort
    ) -> Iterator[tuple[Connection, Sequence[ClientClass]]]:
        """Clients of which one stands for all: nothing tells them apart here, or none of them knows the host."""
        for group in self._alike.values():
            rest = [one for one in group if one.namespace not in apart]
            if rest:
                yield self._connection(rest[0], host, port), rest
        importers = set(self._importers.get(host.name, ()))
        for group in self._limited.values():
            rest = [one for one in group if one not in importers]
            if rest:
                yield self._connection(rest[0], host, port), rest

    def _connection(self, client: ClientClass, host: Host, port: HostPort) -> Connection:
        named = self.connections.named(client, host.name) or host
        return self.connections.of(client, named, named.port(port.number) or port)[0]

    def _count(self, classes: Iterable[ClientClass]) -> int:
        return len({name for one in classes for name in self._workloads[one]})

    def _filtered(self, client: ClientClass) -> object:
        """EnvoyFilters hold by namespace; where there are any, nobody is put together with another namespace."""
        return client if self.connections.outbound.snapshot.envoy_filters else None

    def plain(self, host: Host, port: HostPort) -> Connection | None:
        """What becomes of plaintext from pods without a proxy; None where every pod has one."""
        return self._connection(self._naked, host, port) if self._naked else None


def resolve_traffic(snapshot: Snapshot, rows: Sequence[ServiceRow]) -> tuple[Traffic, ...]:
    """Who calls what `rows` stand for, in their order."""
    resolver = TrafficResolver(Connections(Outbound(snapshot)))
    return traffic_of(resolver, rows)


def traffic_of(resolver: TrafficResolver, rows: Sequence[ServiceRow]) -> tuple[Traffic, ...]:
    """The same with a resolver that is used for more than this."""
    by_key = {host.key: host for host in resolver.connections.outbound.hosts if host.kubernetes}
    return tuple(_of_row(resolver, row, by_key) for row in rows)


def _of_row(resolver: TrafficResolver, row: ServiceRow, by_key: dict[tuple[str, str], Host]) -> Traffic:
    namespace, name = row.service.key
    host = by_key.get((service_host(name, namespace), namespace))
    port = host.port(row.port.number) if host and row.port else None
    if host is None or port is None:
        return Traffic(row, (), resolver.without_proxy, None)
    return Traffic(row, resolver.callers(host, port), resolver.without_proxy, resolver.plain(host, port))


def egress_of(resolver: TrafficResolver) -> tuple[Egress, ...]:
    """Who calls the hosts outside of the mesh, by host and port."""
    found = [host for host in resolver.connections.outbound.hosts if host.external and not host.kubernetes]
    return tuple(
        Egress(host, port, resolver.callers(host, port))
        for host in sorted(found, key=lambda host: host.key)
        for port in host.ports
    )


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
    always = set(sidecars) | roots
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
