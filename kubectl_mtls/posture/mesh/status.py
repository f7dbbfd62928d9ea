"""The whole picture of one mesh as one value, which renderers only write down."""

from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.standing import Standing
from kubectl_mtls.posture.mesh.advice import Advice
from kubectl_mtls.posture.mesh.authority import Authority, resolve_authority
from kubectl_mtls.posture.mesh.outside_hosts import Egress, Undeclared
from kubectl_mtls.posture.mesh.planes import Plane, resolve_planes
from kubectl_mtls.posture.mesh.recent import Recent
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.mesh.trust import Roots, resolve_roots
from kubectl_mtls.posture.server.ports import PortRow


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts that were asked for. `ports` only where workloads were named, `recent` None where nobody asked.

    `clients` are the namespaces whose pods count as clients, None for all; `asked` the clients that somebody named.
    """

    services: tuple[Traffic, ...] = ()
    egress: tuple[Egress, ...] = ()
    undeclared: tuple[Undeclared, ...] = ()
    ports: tuple[PortRow, ...] = ()
    credentials: tuple[Standing, ...] = ()
    recent: tuple[Recent, ...] | None = None
    clients: tuple[str, ...] | None = None
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What `status` answers, findings aside.

    `gaps` without the Secrets that nobody asked for: CA and credentials say so themselves. `advice` None where nobody
    asked for it.
    """

    planes: tuple[Plane, ...]
    authority: Authority
    roots: Roots
    shown: Shown
    gaps: tuple[Gap, ...]
    advice: tuple[Advice, ...] | None = None


def resolve_status(snapshot: Snapshot, shown: Shown, now: datetime) -> Status:
    """Put the parts together."""
    roots = resolve_roots(snapshot)
    return Status(
        planes=resolve_planes(snapshot),
        authority=resolve_authority(snapshot, () if roots.gap else roots.certificates, now),
        roots=roots,
        shown=shown,
        gaps=tuple(gap for gap in snapshot.gaps if not gap.was_not_asked),
    )
