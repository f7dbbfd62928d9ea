"""Who calls each Service port, and what becomes of it: what `status` counts.

The unit is (client workload, Service port). Pods without a proxy are one group for each namespace beside the count:
they may call, and nothing says that they do. Nor does anything say it of clients whose proxies do not know the host.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.host import service_host
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.mesh.callers import Callers, TrafficResolver
from kubectl_mtls.posture.server.accepts import GatewayProxy
from kubectl_mtls.posture.server.services import ServiceRow

_NOTHING_TO_TELL = (UnknownBy.NO_ENDPOINTS, UnknownBy.NOT_PROXIED)


@dataclass(frozen=True, slots=True)
class Traffic:
    """One Service port: who calls it with a proxy, and in which namespaces pods without proxy may.

    `plain` is what becomes of those; None where every pod has a proxy. `is_narrowed`: the callers were asked for by
    name, so that all of them count.
    """

    row: ServiceRow
    callers: tuple[Callers, ...]
    without_proxy: tuple[str, ...]
    plain: Connection | None
    is_narrowed: bool = False

    @property
    def clients(self) -> tuple[Callers, ...]:
        """The callers that count: those that know the host; of a gateway, which is called from outside, those that a
        rule tells how.
        """
        if self.is_narrowed:
            return self.callers
        backends = self.row.backends
        is_gateway = bool(backends) and all(isinstance(one.accepts, GatewayProxy) for one in backends)
        return tuple(one for one in self.callers if one.are_aware and (not is_gateway or _is_told(one.connection)))

    @property
    def unaware(self) -> int:
        """How many client workloads do not count because their proxies do not know the host."""
        return sum(one.workloads for one in self.callers if not one.are_aware)

    @property
    def verdict(self) -> Verdict | None:
        """The result over all clients; None where nobody calls or nothing answers."""
        return result_of(self.clients)

    @property
    def counts(self) -> Counter[Verdict]:
        """How many client workloads get what."""
        return count_verdicts(self.clients)


def _is_told(connection: Connection) -> bool:
    return connection.cluster is not None and connection.cluster.policy.tls is not None


def result_of(clients: Iterable[Callers]) -> Verdict | None:
    """One word for several clients: FAILS where any of them does; None for none, and where nothing is to be called."""
    found = {one.verdict for one in clients if one.connection.outcome.unknown not in _NOTHING_TO_TELL}
    for worst in (Verdict.FAILS, Verdict.UNKNOWN):
        if worst in found:
            return worst
    return Verdict.MIXED if len(found) > 1 else next(iter(found), None)


def count_verdicts(clients: Iterable[Callers]) -> Counter[Verdict]:
    """How many client workloads get what."""
    counts: Counter[Verdict] = Counter()
    for one in clients:
        counts[one.verdict] += one.workloads
    return counts


def traffic_of(resolver: TrafficResolver, rows: Sequence[ServiceRow]) -> tuple[Traffic, ...]:
    """Who calls what `rows` stand for, in their order."""
    by_key = {host.key: host for host in resolver.connections.outbound.hosts if host.kubernetes}
    return tuple(_of_row(resolver, row, by_key) for row in rows)


def _of_row(resolver: TrafficResolver, row: ServiceRow, by_key: dict[tuple[str, str], Host]) -> Traffic:
    namespace, name = row.service.key
    host = by_key.get((service_host(name, namespace), namespace))
    port = host.port(row.port.number) if host and row.port else None
    if host is None or port is None:
        return Traffic(row, (), resolver.without_proxy, None)
    callers, plain = resolver.callers(host, port), resolver.plain(host, port)
    return Traffic(row, callers, resolver.without_proxy, plain, resolver.is_narrowed)
