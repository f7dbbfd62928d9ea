"""The SERVICES part of `status`: a row per Service and port; wide, also the policies that lost."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kubectl_mtls.posture.accepts import Effective
from kubectl_mtls.posture.services import ServiceRow
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.words import changed_words, mode_words, policy_words, row_words


def render_services(
    rows: Sequence[ServiceRow], now: datetime, *, wide: bool, with_namespace: bool, show_headers: bool
) -> str:
    """The rows; empty where there are none."""
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


def render_overruled(rows: Sequence[ServiceRow], *, show_headers: bool) -> str:
    """The policies that named a row's pods and lost."""
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
