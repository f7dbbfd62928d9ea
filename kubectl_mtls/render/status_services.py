"""The SERVICES part of `status`: a row per Service and port; wide, also the policies that lost."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from kubectl_mtls.posture.mesh.decider import decider_of
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.traffic_words import counted_words, decider_words, result_word, sent_words
from kubectl_mtls.render.words import changed_words, mode_words, row_words


def render_services(
    services: Sequence[Traffic], now: datetime, *, wide: bool, with_namespace: bool, show_headers: bool
) -> str:
    """The rows; empty where there are none."""
    if not services:
        return ""
    headers = ["SERVICE", "PORT", "IN-MESH", "SERVER", "CLIENTS", "NO-PROXY", "RESULT"]
    if with_namespace:
        headers.insert(0, "NAMESPACE")
    if wide:
        headers += ["UNAWARE", "POD-PORT", "WORKLOADS", "CHANGED"]
    headers.append("DECIDED-BY")
    rows = [_service(traffic, now, wide, with_namespace) for traffic in services]
    return render_table(headers, rows, show_headers)


def _service(traffic: Traffic, now: datetime, wide: bool, with_namespace: bool) -> list[str]:
    row, verdict = traffic.row, traffic.verdict
    namespace, name = row.service.key
    cells = [
        name,
        str(row.port.number) if row.port else "-",
        f"{'?' if row.hidden or row.gap else row.in_mesh}/{row.total}",
        mode_words(row) if wide else mode_words(row).partition(" ")[0],
        sent_words(traffic.clients) if verdict else "-",
        _without_proxy(traffic, wide=wide),
        counted_words(traffic.counts) if wide and verdict else result_word(verdict),
    ]
    if with_namespace:
        cells.insert(0, namespace)
    if wide:
        cells += [str(traffic.unaware or "-"), *_behind(row, now)]
    cells.append(decided_words(traffic, now))
    return [escape(cell) for cell in cells]


def decided_words(traffic: Traffic, now: datetime) -> str:
    """What decided the result: the clients' side where that does, else what the server accepts.

    Where the clients' side could not be read both are said: the server's is known all the same.
    """
    decider = decider_of(traffic.clients)
    if decider is None:
        return row_words(traffic.row, now)
    words = decider_words(decider, traffic.row.service.metadata.namespace, now)
    return f"{row_words(traffic.row, now)}; {words}" if decider.gap else words


def _without_proxy(traffic: Traffic, *, wide: bool) -> str:
    """In how many namespaces pods without proxy may call; wide, what would come of it."""
    if not traffic.without_proxy:
        return "-"
    word = f" {traffic.plain.verdict.value}" if wide and traffic.plain else ""
    return f"{len(traffic.without_proxy)} ns{word}"


def _behind(row: ServiceRow, now: datetime) -> list[str]:
    ports = sorted({backend.port for backend in row.backends})
    workloads = sorted({str(backend.pod.workload) for backend in row.backends})
    return [_listed(map(str, ports)), _listed(workloads), _changes(row, now)]


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
            lost.policy.metadata.ref.seen_from(row.service.metadata.namespace),
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
