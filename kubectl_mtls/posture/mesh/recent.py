"""Which of the objects behind today's answers were changed lately, and what do they decide? The first question on call.

Source: metadata.managedFields; what was deleted has left none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.model.metadata import Changed, Metadata
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.connection.evidence import resolve_evidence
from kubectl_mtls.posture.mesh.callers import Callers
from kubectl_mtls.posture.mesh.outside_hosts import Egress
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.accepts import Effective, Unknown
from kubectl_mtls.posture.server.services import ServiceRow

_WHOLE = ("spec", "data")
Place = tuple[str, int]
"""A Service (`name.namespace`) or a host, and its port."""


@dataclass(frozen=True, slots=True)
class Recent:
    """One object that changed. `field` decides something, or is the whole specification where only the rest changed.

    `decides` are the Services and hosts, with their ports, whose answers rest on it.
    """

    object: Metadata
    field: str
    changed: Changed
    at: datetime
    decides: tuple[Place, ...]


def resolve_recent(services: Iterable[Traffic], egress: Iterable[Egress], since: datetime) -> tuple[Recent, ...]:
    """The changes since then, the newest first."""
    found: dict[tuple[Ref, str], tuple[Metadata, Changed, datetime, dict[Place, None]]] = {}
    for metadata, field, place in _behind(services, egress):
        for name in (field, *_WHOLE):
            changed = metadata.changed(name) if name else None
            if changed is not None and changed.at is not None and changed.at >= since:
                one = found.setdefault((metadata.ref, name), (metadata, changed, changed.at, {}))
                one[3][place] = None
                break
    recent = (Recent(one, field, by, at, tuple(of)) for (_, field), (one, by, at, of) in found.items())
    return tuple(sorted(recent, key=lambda one: (-one.at.timestamp(), one.object.ref.full, one.field)))


def _behind(services: Iterable[Traffic], egress: Iterable[Egress]) -> Iterator[tuple[Metadata, str, Place]]:
    for traffic in services:
        row = traffic.row
        place = (f"{row.service.metadata.name}.{row.service.metadata.namespace}", row.port.number if row.port else 0)
        yield from ((*one, place) for one in _of_servers(row))
        yield from ((*one, place) for one in _of_clients(traffic.clients))
    for outside in egress:
        place = (outside.host.name, outside.port.number)
        yield outside.host.source, "spec", place
        yield from ((*one, place) for one in _of_clients(outside.clients))


def _of_servers(row: ServiceRow) -> Iterator[tuple[Metadata, str]]:
    for accepts in {id(backend.accepts): backend.accepts for backend in row.backends}.values():
        if isinstance(accepts, Effective) and accepts.decided_by is not None:
            yield accepts.decided_by.metadata, accepts.field
        if isinstance(accepts, Unknown) and accepts.envoy_filter is not None:
            yield accepts.envoy_filter.metadata, "spec"


def _of_clients(clients: Iterable[Callers]) -> Iterator[tuple[Metadata, str]]:
    for one in clients:
        for decision in resolve_evidence(one.connection, (), None):
            if decision.object is not None:
                yield decision.object, decision.field
