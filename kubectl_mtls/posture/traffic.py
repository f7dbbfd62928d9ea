"""Who calls each Service port, and what becomes of it: what `status` counts.

The unit is (client workload, Service port). Pods without a proxy are one group for each namespace beside the count:
they may call, and nothing says that they do.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_mtls.model.host import service_host
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.callers import Callers, TrafficResolver
from kubectl_mtls.posture.connection import Connection
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.outbound import Outbound
from kubectl_mtls.posture.registry import Host, HostPort
from kubectl_mtls.posture.services import ServiceRow
from kubectl_mtls.posture.verdict import Verdict, aggregate


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
