"""Many Secrets, one row each: what stands out, and where to look closer."""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.private_key import KeyState
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.credential.fitness import judge_handshake
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten

_WIDEST = 60
Row = tuple[Inspection, Sequence[Finding]]


def render_inspection_list(rows: Sequence[Row], now: datetime, *, show_headers: bool) -> str:
    """The table, those with errors first and among them what ends first."""
    if not rows:
        return "no Secret with certificates\n"
    headers = ["NAMESPACE", "NAME", "KEYS", "CERTIFICATE", "KEY", "CLIENT", "SERVER", "LEFT", "WORST FINDING"]
    cells = [[escape(cell) for cell in _cells(*row, now)] for row in sorted(rows, key=_urgency)]
    return render_table(headers, cells, show_headers)


def _urgency(row: Row) -> tuple[int, float, str, str]:
    inspection, findings = row
    worst = min((finding.severity.rank for finding in findings), default=9)
    end = inspection.weakest.not_after if inspection.weakest else None
    return worst, end.timestamp() if end else 0.0, inspection.ref.namespace, inspection.ref.name


def _cells(inspection: Inspection, findings: Sequence[Finding], now: datetime) -> list[str]:
    layout, leaf = inspection.layout, next(iter(inspection.chain.presented), None)
    end = inspection.weakest.not_after if inspection.weakest else None
    worst = min(findings, key=lambda finding: finding.severity.rank, default=None)
    return [
        inspection.ref.namespace or "-",
        str(inspection.ref) if inspection.ref.kind.name != "Secret" else inspection.ref.name,
        ",".join(key for key in (layout.certificate_key, layout.ca_key) if key) or "-",
        shorten(leaf.subject.short or "-", _WIDEST) if leaf else "-",
        _key(inspection),
        _word(judge_handshake(inspection, inspection.client)[0]),
        _word(judge_handshake(inspection, inspection.server)[0]),
        ("EXPIRED" if end <= now else render_duration(end - now)) if end else "-",
        shorten(f"{worst.severity.value} {worst.code} {worst.message}", _WIDEST) if worst else "-",
    ]


def _key(inspection: Inspection) -> str:
    if inspection.key.state is not KeyState.GOOD:
        return inspection.key.state.value
    return {True: "belongs", False: "FOREIGN", None: "?"}[inspection.key_matches]


def _word(ok: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[ok]
