"""Two Secrets side by side, or a Secret and what is served: only what differs."""

from typing import Any

from kubectl_mtls.certs.comparison import Comparison, Side
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten

_WIDEST = 60


def render_comparison(comparison: Comparison) -> str:
    """A table of what differs, or one sentence."""
    one, other = escape(comparison.one.label), escape(comparison.other.label)
    if comparison.equal:
        return f"{one} and {other} hold the same certificates\n"
    rows = [
        [difference.what, *(escape(shorten(text or "-", _WIDEST)) for text in (difference.one, difference.other))]
        for difference in comparison.differences
    ]
    key = {True: "the private key is the same\n", False: "", None: ""}[comparison.same_key]
    return render_table(["DIFFERS", one, other], rows) + key


def comparison_object(comparison: Comparison) -> dict[str, Any]:
    """The same for machines."""
    return {
        "one": _side(comparison.one),
        "other": _side(comparison.other),
        "equal": comparison.equal,
        "sameKey": comparison.same_key,
        "differences": [
            {"what": one.what, "one": escape(one.one), "other": escape(one.other)} for one in comparison.differences
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    return {"name": escape(side.label), "certificates": [certificate.sha256 for certificate in side.chain]}
