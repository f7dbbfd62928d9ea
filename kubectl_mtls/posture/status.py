"""The whole picture of one mesh as one value, which renderers only write down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.authority import Authority, resolve_authority
from kubectl_mtls.posture.expiry import Standing
from kubectl_mtls.posture.planes import Plane, resolve_planes
from kubectl_mtls.posture.ports import PortRow
from kubectl_mtls.posture.services import ServiceRow
from kubectl_mtls.posture.trust import Roots, resolve_roots


@dataclass(frozen=True, slots=True)
class Status:
    """What `status` answers, findings aside. `ports` only where workloads were asked for.

    `gaps` without the Secrets that nobody asked for: CA and credentials say so themselves.
    """

    planes: tuple[Plane, ...]
    authority: Authority
    roots: Roots
    rows: tuple[ServiceRow, ...]
    ports: tuple[PortRow, ...]
    credentials: tuple[Standing, ...]
    gaps: tuple[Gap, ...]


def resolve_status(
    snapshot: Snapshot,
    rows: Sequence[ServiceRow],
    ports: Sequence[PortRow],
    credentials: Sequence[Standing],
    now: datetime,
) -> Status:
    """Put the parts together."""
    roots = resolve_roots(snapshot)
    return Status(
        planes=resolve_planes(snapshot),
        authority=resolve_authority(snapshot, () if roots.gap else roots.certificates, now),
        roots=roots,
        rows=tuple(rows),
        ports=tuple(ports),
        credentials=tuple(credentials),
        gaps=tuple(gap for gap in snapshot.gaps if not gap.was_not_asked),
    )
