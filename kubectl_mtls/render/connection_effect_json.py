"""What a change does to connections, as plain values."""

from collections.abc import Sequence
from typing import Any

from kubectl_mtls.posture.change.difference import Difference
from kubectl_mtls.posture.change.shift import Answer, Shift
from kubectl_mtls.posture.connection.symptom import Symptom


def difference_object(found: Difference) -> dict[str, Any]:
    """`changed`, `uncertain` and `withoutProxy` have one entry for each kind of connection."""
    return {
        "clients": found.clients,
        "connections": found.total,
        "stays": {verdict.value: count for verdict, count in found.stays},
        "changed": _shifts(found.shifts),
        "uncertain": _shifts(found.uncertain),
        "withoutProxy": _shifts(found.plain),
    }


def _shifts(shifts: Sequence[Shift]) -> list[dict[str, Any]]:
    return [
        {
            "host": one.host,
            "port": one.port,
            "subset": one.subset,
            "clients": [{"namespace": space, "kind": kind, "name": name} for space, kind, name in one.clients],
            "startsToFail": one.starts_to_fail,
            "before": _answer(one.before),
            "after": _answer(one.after),
        }
        for one in shifts
    ]


def _answer(answer: Answer) -> dict[str, Any]:
    outcome = answer.outcome
    reason = outcome.fault or outcome.unknown or outcome.proviso
    return {
        "verdict": answer.verdict.value,
        "reason": answer.gap.detail if answer.gap else reason.value if reason else None,
        "failing": answer.failing,
        "endpoints": answer.total,
        "symptom": _symptom(answer.symptom),
    }


def _symptom(symptom: Symptom | None) -> dict[str, str] | None:
    if symptom is None:
        return None
    return {
        "caller": symptom.caller,
        "status": symptom.status,
        "flags": symptom.flags,
        "clientLog": symptom.client_log,
        "serverLog": symptom.server_log,
    }
