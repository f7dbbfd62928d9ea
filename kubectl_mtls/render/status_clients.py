"""Whose connections the columns CLIENTS, NO-PROXY and RESULT of `status` are about, where that is not everybody."""

from kubectl_mtls.posture.mesh.status import Shown
from kubectl_mtls.render.text import escape


def render_clients(shown: Shown) -> str:
    """One line; empty where all clients were looked at, or where no row counts any."""
    if not shown.services and not shown.egress:
        return ""
    if shown.asked:
        return escape(f"clients are {', '.join(shown.asked)} (--from)") + "\n"
    if shown.clients is None:
        return ""
    spaces = f"namespace{'s' if len(shown.clients) > 1 else ''} {', '.join(shown.clients)}"
    return escape(f"clients are those of {spaces} (-A counts everybody's)") + "\n"
