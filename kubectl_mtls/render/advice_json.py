"""The `advice` of `status --advice` for machines. Keys here are a promise."""

from typing import Any

from kubectl_mtls.posture.mesh.advice import Advice
from kubectl_mtls.render.advice_text import reason_words, step_words
from kubectl_mtls.render.duration import render_time


def advice_object(one: Advice) -> dict[str, Any]:
    """One group. `renewalsByHand` are those of a year, null where nobody can tell."""
    return {
        "group": one.group.name,
        "name": one.name or None,
        "now": one.now.name,
        "advised": one.best.name,
        "reasons": [{"fact": reason.fact.value, "message": reason_words(reason)} for reason in one.reasons],
        "renewalsByHand": None if one.renewals is None else round(one.renewals, 2),
        "endsFirst": one.ends_first or None,
        "notAfter": render_time(one.ends_at) if one.ends_at else None,
        "secret": {"namespace": one.secret.namespace, "name": one.secret.name} if one.secret else None,
        "step": step_words(one),
    }
