"""Who calls the hosts outside of the mesh, and with which TLS? What `status` shows as EGRESS."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.host import DOMAIN, covers
from kubectl_mtls.model.kind import SERVICE, SERVICE_ENTRY
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.registry import Host, HostPort
from kubectl_mtls.posture.cluster.outbound import distinct_ports
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.credential.standing import Standing
from kubectl_mtls.posture.mesh.callers import Callers, TrafficResolver
from kubectl_mtls.posture.mesh.traffic import result_of


@dataclass(frozen=True, slots=True)
class Egress:
    """One port of a host outside, and the clients that share what is said about its TLS.

    `clients` are empty where nobody knows the host. `unaware` counts the workloads that do not. `spoiled_by` is the
    Secret for which it fails (posture.credential.spoiled).
    """

    host: Host
    port: HostPort
    clients: tuple[Callers, ...]
    unaware: int
    spoiled_by: Standing | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The result over these clients."""
        return Verdict.FAILS if self.spoiled_by else result_of(self.clients)

    @property
    def tls(self) -> ClientTLS | None:
        """The block that says what they send, whether istiod takes it or not; None where nothing says anything."""
        return _block(self.clients[0].connection) if self.clients else None


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A rule for a host outside that no ServiceEntry declares: no proxy has a cluster that it could hold for."""

    rule: DestinationRule
    tls: ClientTLS


def egress_of(resolver: TrafficResolver) -> tuple[Egress, ...]:
    """By host and port; clients with equal TLS settings share a row, the most of them first."""
    found = [host for host in resolver.connections.outbound.hosts if host.external and not host.kubernetes]
    return tuple(
        egress
        for host in sorted(found, key=lambda host: host.key)
        for port in distinct_ports(host)
        for egress in _by_block(host, port, resolver.callers(host, port))
    )


def _by_block(host: Host, port: HostPort, callers: Iterable[Callers]) -> Iterator[Egress]:
    unaware = 0
    by_block: dict[object, list[Callers]] = defaultdict(list)
    for one in callers:
        if one.are_aware:
            by_block[_block(one.connection), one.verdict].append(one)
        else:
            unaware += one.workloads
    for clients in by_block.values():
        yield Egress(host, port, tuple(clients), unaware)
    if not by_block:
        yield Egress(host, port, (), unaware)


def _block(connection: Connection) -> ClientTLS | None:
    return connection.cluster.policy.tls if connection.cluster else None


def undeclared_of(snapshot: Snapshot, hosts: Iterable[Host]) -> tuple[Undeclared, ...]:
    """The rules with TLS settings for hosts outside that nobody has; none where hosts could not all be read."""
    if any(gap.kind in (SERVICE, SERVICE_ENTRY) for gap in snapshot.gaps):
        return ()
    names = {host.name for host in hosts}
    return tuple(
        Undeclared(rule, tls)
        for rule in snapshot.destination_rules
        if _is_outside(rule.full_host) and not _declared(rule.full_host, names)
        for tls in rule.tls[:1]
    )


def _is_outside(host: str) -> bool:
    """Names of the cluster's own are those of Services, and `*` is everybody's."""
    return host != "*" and not host.endswith((f".{DOMAIN}", ".local"))


def _declared(pattern: str, names: set[str]) -> bool:
    return pattern in names or (pattern.startswith("*") and any(covers(pattern, name) for name in names))
