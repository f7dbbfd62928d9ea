"""What a change does to connections, for people and as plain values: what stays, what changes, how failures look."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kubectl_mtls.posture.difference import Difference
from kubectl_mtls.posture.shift import Answer, Shift
from kubectl_mtls.posture.symptom import Symptom
from kubectl_mtls.posture.verdict import Verdict
from kubectl_mtls.render.symptom_words import symptom_parts
from kubectl_mtls.render.text import escape

_MOST = 20
_NAMED = 3


def difference_lines(found: Difference) -> Iterator[str]:
    """One line that counts; then the connections that begin to fail, those that are mended, and the others by kind."""
    yield _summary(found)
    named = [one for one in found.shifts if one.starts_to_fail or one.is_mended]
    named.sort(key=lambda one: (one.is_mended, one.host, one.port))
    for one in named[:_MOST]:
        yield from _shift_lines(one)
    if (more := len(named) - _MOST) > 0:
        yield f"and {more} more"
    yield from _other_lines([one for one in found.shifts if not one.starts_to_fail and not one.is_mended])
    if closing := sum(one.starts_to_fail for one in found.plain):
        yield f"without a proxy: {_count(closing, 'service port')} would refuse plaintext that {_takes(closing)} it now"
    if opening := sum(one.is_mended for one in found.plain):
        yield f"without a proxy: {_count(opening, 'service port')} would take plaintext that {_refuses(opening)} it now"


def _other_lines(shifts: Sequence[Shift]) -> Iterator[str]:
    kinds = Counter((one.before.verdict, one.after.verdict) for one in shifts for _ in one.clients)
    for (before, after), count in kinds.most_common():
        alike = [one for one in shifts if (one.before.verdict, one.after.verdict) == (before, after)]
        clients = len({client for one in alike for client in one.clients})
        ports = list(dict.fromkeys(f"{one.host}:{one.port}" for one in alike))
        to = escape(ports[0]) if len(ports) == 1 else f"{len(ports)} ports"
        verb = "is" if count == 1 else "are"
        yield f"{after:9}  {_count(count, 'connection')} that {verb} {before} now: {_count(clients, 'client')} to {to}"


def _takes(count: int) -> str:
    return "takes" if count == 1 else "take"


def _refuses(count: int) -> str:
    return "refuses" if count == 1 else "refuse"


def _summary(found: Difference) -> str:
    if not found.clients:
        return "no client workload has a proxy"
    clients = f"{_count(found.clients, 'client workload')} with a proxy"
    if not found.total:
        return f"{clients}: no connection is touched"
    words = [f"{count} {'stays' if count == 1 else 'stay'} {verdict}" for verdict, count in found.stays]
    becomes = Counter(_becomes(one) for one in found.shifts for _ in one.clients)
    words += [f"{count} {word}" for word, count in becomes.most_common()]
    return f"{clients}, {_count(found.total, 'connection')}: {', '.join(words)}"


def _becomes(shift: Shift) -> str:
    before, after = shift.before.verdict.value, shift.after.verdict.value
    return f"{before} -> {after}" if before != after else f"{before} at other endpoints"


def _shift_lines(shift: Shift) -> Iterator[str]:
    subset = f" subset {shift.subset}" if shift.subset else ""
    yield f"{_mark(shift):9}  {_clients(shift)} -> {escape(f'{shift.host}:{shift.port}{subset}')}, {_history(shift)}"
    after = shift.after
    if shift.starts_to_fail:
        yield f"{'':9}  {after.outcome.fault or f'fails at {after.failing} of {after.total} endpoints'}"
        for part in symptom_parts(after.symptom) if after.symptom else ():
            yield f"{'':9}  {escape(part)}"


def _mark(shift: Shift) -> str:
    return Verdict.FAILS.value if shift.starts_to_fail else shift.after.verdict.value


def _history(shift: Shift) -> str:
    before = shift.before
    if shift.is_mended:
        return f"failed: {before.outcome.fault or f'at {before.failing} of {before.total} endpoints'}"
    return f"was {before.verdict}"


def _clients(shift: Shift) -> str:
    names = [f"{kind.lower()}/{name} -n {namespace}" for namespace, kind, name in shift.clients]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return escape(", ".join(names[:_NAMED]) + more)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def difference_object(found: Difference) -> dict[str, Any]:
    """The same as plain values; `changed`, `uncertain` and `plaintext` have one entry for each kind of connection."""
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
