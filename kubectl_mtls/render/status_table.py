"""`status` for people: its parts, one below the other. Each part has a file of its own."""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.mesh.status import Status
from kubectl_mtls.render.advice_text import render_advice
from kubectl_mtls.render.credentials_table import render_credentials
from kubectl_mtls.render.findings import render_findings, render_gaps
from kubectl_mtls.render.status_clients import render_clients
from kubectl_mtls.render.status_egress import render_egress
from kubectl_mtls.render.status_mesh import render_mesh
from kubectl_mtls.render.status_ports import render_ports
from kubectl_mtls.render.status_recent import render_recent
from kubectl_mtls.render.status_services import render_overruled, render_services


def render_status(
    status: Status,
    findings: Sequence[Finding],
    now: datetime,
    *,
    wide: bool,
    with_namespace: bool,
    show_headers: bool,
) -> str:
    """The whole answer as text; parts that hold nothing are left out. Advice stands for itself."""
    if status.advice is not None:
        return "\n".join(
            filter(None, [render_mesh(status, now), render_advice(status.advice, now), render_gaps(status.gaps)])
        )
    shown = status.shown
    parts = [
        render_mesh(status, now),
        render_services(shown.services, now, wide=wide, with_namespace=with_namespace, show_headers=show_headers)
        + render_clients(shown),
        render_egress(shown.egress, shown.undeclared, now, wide=wide, show_headers=show_headers),
        render_credentials(shown.credentials, now, wide=wide, with_namespace=with_namespace, show_headers=show_headers),
        render_ports(shown.ports, now, show_headers=show_headers),
        render_overruled([one.row for one in shown.services], show_headers=show_headers) if wide else "",
        render_recent(shown.recent, now, show_headers=show_headers),
        render_findings(findings, now),
        render_gaps(status.gaps),
    ]
    return "\n".join(part for part in parts if part)
