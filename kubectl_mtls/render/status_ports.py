"""The ports of pods that somebody asked `status` for, whether a Service has them or not."""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.posture.server.ports import OTHER_PORTS, PortRow
from kubectl_mtls.posture.server.services import mode_word
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.words import decision_words


def render_ports(rows: Sequence[PortRow], now: datetime, *, show_headers: bool) -> str:
    """A row per pod and port; empty where no workload was asked for."""
    if not rows:
        return ""
    cells = [
        [
            row.pod.metadata.name,
            "other" if row.port == OTHER_PORTS else str(row.port),
            row.pod.proxy.value.replace(" ", "-"),
            mode_word(row.accepts),
            ",".join(row.services) or "-",
            decision_words(row.accepts, row.pod.metadata.namespace, now),
        ]
        for row in rows
    ]
    headers = ["POD", "POD-PORT", "PROXY", "SERVER", "SERVICES", "DECIDED-BY"]
    return render_table(headers, [[escape(cell) for cell in row] for row in cells], show_headers)
