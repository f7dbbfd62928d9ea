"""`status` for people: control planes and CA, a row per Service and port, what is wrong, what was not read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.posture.accepts import Effective
from kubectl_mtls.posture.authority import Authority
from kubectl_mtls.posture.planes import KNOWN_VERSIONS, Plane
from kubectl_mtls.posture.ports import OTHER_PORTS, PortRow
from kubectl_mtls.posture.services import ServiceRow, mode_word
from kubectl_mtls.posture.status import Status
from kubectl_mtls.posture.trust import Roots
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.findings import render_findings, render_gaps
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.words import changed_words, decision_words, mode_words, policy_words, row_words

_COLUMNS = 100


def render_status(
    status: Status,
    findings: Sequence[Finding],
    now: datetime,
    *,
    wide: bool,
    with_namespace: bool,
    show_headers: bool,
) -> str:
    """The whole answer as text; parts that hold nothing are left out."""
    parts = [
        _mesh(status, now),
        _services(status.rows, now, wide, with_namespace, show_headers),
        _ports(status.ports, now, show_headers),
        _overruled(status.rows, show_headers) if wide else "",
        render_findings(findings, now),
        render_gaps(status.gaps),
    ]
    return "\n".join(part for part in parts if part)


def _mesh(status: Status, now: datetime) -> str:
    lines = [line for plane in status.planes for line in _filled("MESH", _plane(plane))]
    lines += _filled("CA", _authority(status.authority, status.roots, now))
    for plane in status.planes:
        if plane.istiod is not None and not plane.version_is_known:
            version = plane.istiod.version or "of unknown version"
            known = f"{KNOWN_VERSIONS[0]} to {KNOWN_VERSIONS[-1]}"
            lines.append(f"note  istiod {version} is none of {known}: judged by the rules of the nearest of these")
    return "".join(f"{escape(line)}\n" for line in lines)


def _filled(head: str, parts: Sequence[str]) -> list[str]:
    """The parts behind a head, on as many lines as they need; none is broken."""
    lines = [f"{head:6}{parts[0]}"]
    for part in parts[1:]:
        if len(lines[-1]) + 3 + len(part) <= _COLUMNS:
            lines[-1] += f"   {part}"
        else:
            lines.append(f"{'':6}{part}")
    return lines


def _plane(plane: Plane) -> list[str]:
    unseen = "not readable" if plane.istiod_gap else "not seen"
    version = (plane.istiod.version or "of unknown version") if plane.istiod else unseen
    mesh = plane.mesh
    words = [
        f"istiod {version} ({plane.revision})",
        f"trust domain {mesh.trust_domain}",
        f"auto mTLS {'on' if mesh.auto_mtls else 'OFF'}",
        _default_mode(plane),
    ]
    if mesh.root_namespace != DEFAULT_NAMESPACE:
        words.insert(3, f"root namespace {mesh.root_namespace}")
    if plane.assumed:
        words.append(f"({'MeshConfig not readable' if plane.config_gap else 'no MeshConfig found'}: defaults assumed)")
    return words


def _default_mode(plane: Plane) -> str:
    if plane.default_mode is None:
        return "default UNKNOWN"
    by = "no policy" if plane.policy is None else plane.policy.metadata.ref.full
    if plane.policy is not None and plane.policy.mode is ServerMode.UNSET:
        by += " says UNSET"
    return f"default {plane.default_mode.value} ({by})"


def _authority(authority: Authority, roots: Roots, now: datetime) -> list[str]:
    name = authority.kind.value + (f" ({authority.detail})" if authority.detail else "")
    words = [name + (" (told by its root)" if authority.by_root else "")]
    if authority.intermediate is not None:
        words.append(f"signing certificate {_left(authority.intermediate.not_after, now)}")
        if authority.inspection and authority.inspection.istiod.error:
            words.append(f"istiod: {authority.inspection.istiod.error}")
    else:
        words.append("signing certificate not read (--read-ca)")
    if roots.gap:
        words.append(f"root in use not readable (other copies, not compared: {roots.total})")
    elif roots.certificates:
        words.append(f"root {_left(min(root.not_after for root in roots.certificates), now)}")
        equal = roots.total - len(roots.differing)
        words.append(f"root copies {equal} of {roots.total} equal")
    else:
        words.append("root unknown (no configmap/istio-ca-root-cert seen)")
    return words


def _left(end: datetime, now: datetime) -> str:
    return f"{render_duration(end - now)} left" if end > now else f"EXPIRED {render_duration(now - end)} ago"


def _services(rows: Sequence[ServiceRow], now: datetime, wide: bool, with_namespace: bool, show_headers: bool) -> str:
    headers = ["SERVICE", "PORT", "IN-MESH", "SERVER"]
    if with_namespace:
        headers.insert(0, "NAMESPACE")
    if wide:
        headers += ["POD-PORT", "WORKLOADS", "CHANGED"]
    headers.append("DECIDED-BY")
    return (
        render_table(headers, [_service(row, now, wide, with_namespace) for row in rows], show_headers) if rows else ""
    )


def _service(row: ServiceRow, now: datetime, wide: bool, with_namespace: bool) -> list[str]:
    namespace, name = row.service.key
    cells = [
        name,
        str(row.port.number) if row.port else "-",
        f"{'?' if row.hidden or row.gap else row.in_mesh}/{row.total}",
        mode_words(row),
    ]
    if with_namespace:
        cells.insert(0, namespace)
    if wide:
        ports = sorted({backend.port for backend in row.backends})
        workloads = sorted({f"{b.pod.workload.kind.lower()}/{b.pod.workload.name}" for b in row.backends})
        cells += [_listed(map(str, ports)), _listed(workloads), _changes(row, now)]
    cells.append(row_words(row, now))
    return [escape(cell) for cell in cells]


def _listed(words: Iterable[str]) -> str:
    return ",".join(words) or "-"


def _changes(row: ServiceRow, now: datetime) -> str:
    changes = {
        changed_words(accepts.decided_by.metadata.changed(accepts.field), now).removeprefix("changed ")
        for accepts in (backend.accepts for backend in row.backends)
        if isinstance(accepts, Effective) and accepts.decided_by is not None
    }
    return ", ".join(sorted(changes - {""})) or "-"


def _ports(rows: Sequence[PortRow], now: datetime, show_headers: bool) -> str:
    if not rows:
        return ""
    cells = [
        [
            row.pod.metadata.name,
            "other" if row.port == OTHER_PORTS else str(row.port),
            row.pod.proxy.value.replace(" ", "-"),
            mode_word(row.accepts),
            _listed(row.services),
            decision_words(row.accepts, row.pod.metadata.namespace, now),
        ]
        for row in rows
    ]
    headers = ["POD", "POD-PORT", "PROXY", "SERVER", "SERVICES", "DECIDED-BY"]
    return render_table(headers, [[escape(cell) for cell in row] for row in cells], show_headers)


def _overruled(rows: Sequence[ServiceRow], show_headers: bool) -> str:
    found = {
        (
            row.service.metadata.name,
            str(row.port.number) if row.port else "-",
            policy_words(lost.policy, row.service.metadata.namespace),
            lost.field,
            lost.mode.value,
            lost.why.value,
        ): None
        for row in rows
        for backend in row.backends
        if isinstance(backend.accepts, Effective)
        for lost in backend.accepts.overruled
    }
    if not found:
        return ""
    headers = ["SERVICE", "PORT", "OVERRULED", "FIELD", "MODE", "WHY"]
    return render_table(headers, [[escape(cell) for cell in row] for row in found], show_headers)
