"""What changed lately behind the answers of `status`: one line an object, the newest first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kubectl_mtls.model.phrase import first_of
from kubectl_mtls.posture.mesh.recent import Recent
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.words import changed_words

_MOST = 3


def render_recent(recent: Sequence[Recent] | None, now: datetime, *, show_headers: bool) -> str:
    """The table; a sentence where nothing changed, and nothing where nobody asked (None)."""
    if recent is None:
        return ""
    if not recent:
        return "no object behind these answers changed in this time (what was deleted is not seen)\n"
    rows = [[escape(cell) for cell in _row(one, now)] for one in recent]
    return render_table(["CHANGED", "OBJECT", "FIELD", "BY", "DECIDES"], rows, show_headers)


def _row(one: Recent, now: datetime) -> list[str]:
    ago = changed_words(replace(one.changed, by=""), now).removeprefix("changed ")
    places = [f"{name}:{port}" if port else name for name, port in one.decides]
    return [ago, one.object.ref.full, one.field, one.changed.by or "-", first_of(places, _MOST)]
