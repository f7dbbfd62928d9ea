"""Where else may a connection go? VirtualServices that route a host to other hosts or subsets; never when."""

from collections import defaultdict
from dataclasses import dataclass

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.host import covers
from kubectl_mtls.model.kind import VIRTUAL_SERVICE
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.connection.connection import Connection

_MOST = 20


@dataclass(frozen=True, slots=True)
class Detour:
    """One destination that traffic for the host may be routed to; `port` 0 is the port that was asked for."""

    service: Metadata
    field: str
    host: str
    port: int
    subset: str


def resolve_detours(snapshot: Snapshot, client: ClientClass, connection: Connection) -> tuple[Detour, ...]:
    """The destinations that are not the connection itself, each once; long lists are cut."""
    found: dict[tuple[str, int, str], Detour] = {}
    name, own = connection.host.name, client.namespace
    for service in snapshot.virtual_services:
        if not service.is_for_sidecars or not any(covers(host, name) for host in service.hosts):
            continue
        export_to = frozenset(service.export_to) or client.settings.virtual_service_export_to
        if not export_to & {"*", own} and not ("." in export_to and service.metadata.namespace == own):
            continue
        for one in service.destinations:
            applies = not one.source_namespaces or own in one.source_namespaces
            elsewhere = one.host != name or one.subset != (connection.subset or "")
            if applies and elsewhere and len(found) < _MOST:
                found.setdefault(
                    (one.host, one.port, one.subset),
                    Detour(service.metadata, one.field, one.host, one.port, one.subset),
                )
    return tuple(found.values())


def unread_routes(snapshot: Snapshot) -> Gap | None:
    """Behind what further VirtualServices may hide, of whatever namespace: any of them may name the host."""
    return next((gap for gap in snapshot.gaps if gap.kind == VIRTUAL_SERVICE), None)


def resolve_routed_subsets(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The subsets of each host that a VirtualService routes to: what nothing is routed to carries no connection.

    Where one could not be read, traffic may be routed to any subset that a rule for the host has.
    """
    found: dict[str, set[str]] = defaultdict(set)
    if unread_routes(snapshot):
        for rule in snapshot.destination_rules:
            found[rule.full_host].update(subset.name for subset in rule.subsets)
    for service in snapshot.virtual_services:
        for one in service.destinations:
            if one.subset:
                found[one.host].add(one.subset)
    return {host: tuple(sorted(subsets)) for host, subsets in found.items()}
