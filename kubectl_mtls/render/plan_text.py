"""A plan as people read it: what changes, what follows, what speaks against it."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import assert_never

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.plan.certificate_effect import CertificateEffect
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.effect import ClientEffect, Effect, Modes, RowChange, RowDoubt, ServiceEffect
from kubectl_mtls.render.certificate_effect import render_certificates
from kubectl_mtls.render.connection_effect import difference_lines
from kubectl_mtls.render.diff import render_changes
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten
from kubectl_mtls.render.words import each_doubt

_MAX_ROWS = 50
_MAX_TEXT = 600


def render_plan(plan: Plan, accepted: Collection[str], now: datetime) -> str:
    """The whole plan; of a plan that changes nothing, only why."""
    notes = "".join(f"NOTE    {_prose(note)}\n" for note in plan.notes)
    if plan.is_nothing:
        return notes + "nothing to change\n"
    objections = "".join(_objection(objection, accepted) for objection in plan.objections)
    return render_changes(plan.changes) + _effect(plan.effect, now) + objections + notes


def _effect(effect: Effect, now: datetime) -> str:
    match effect:
        case ServiceEffect():
            lines = (*_service_lines(effect), *(f"  {line}" for line in difference_lines(effect.connections)))
            return "".join(f"{line}\n" for line in lines)
        case ClientEffect():
            first, *more = difference_lines(effect.connections)
            return "".join(f"{line}\n" for line in (f"EFFECT  {first}", *(f"  {line}" for line in more)))
        case CertificateEffect():
            return render_certificates(effect, now)
        case _:
            assert_never(effect)


def _service_lines(effect: ServiceEffect) -> Iterator[str]:
    looked_at = counted(effect.total, "service port")
    if not effect.changed:
        yield f"EFFECT  no service changes ({looked_at} looked at)"
    else:
        verb = "changes" if len(effect.changed) == 1 else "change"
        yield f"EFFECT  {len(effect.changed)} of {looked_at} {verb}"
        for line in _table(effect.changed).splitlines():
            yield f"  {line}"
        if (more := len(effect.changed) - _MAX_ROWS) > 0:
            yield f"  and {more} more"
    changes = Counter(f"{_modes(one.before)} -> {_modes(one.after)}" for one in effect.workloads)
    for change, count in changes.most_common(_MAX_ROWS):
        yield f"  ports that no Service names: {change} on {counted(count, 'workload')}"
    for doubt in effect.unknown[:_MAX_ROWS]:
        yield f"  UNKNOWN  {_name(doubt)} {doubt.port}: {_prose('; '.join(each_doubt(doubt.reasons)))}"
    if (more := len(effect.unknown) - _MAX_ROWS) > 0:
        yield f"  UNKNOWN  {more} more"


def _table(rows: tuple[RowChange, ...]) -> str:
    several = len({row.namespace for row in rows}) > 1
    cells = [
        [*([row.namespace] if several else []), row.name, str(row.port), _modes(row.before), _modes(row.after)]
        for row in rows[:_MAX_ROWS]
    ]
    heads = [*(["NAMESPACE"] if several else []), "SERVICE", "PORT", "BEFORE", "AFTER"]
    return render_table(heads, [[escape(cell) for cell in row] for row in cells])


def _modes(modes: Modes) -> str:
    """One word where all endpoints agree, else each with its count."""
    if len(modes) == 1:
        return modes[0][0]
    return ", ".join(f"{count} {word}" for word, count in modes) or "no pods"


def _name(row: RowChange | RowDoubt) -> str:
    return escape(f"{row.namespace}/{row.name}")


def _objection(objection: Objection, accepted: Collection[str]) -> str:
    mark = " (accepted)" if objection.code in accepted else ""
    text = f"  {objection.code}  {objection.name}{mark}  {_prose(objection.message)}\n"
    return text + (f"           mend: {_prose(objection.mend)}\n" if objection.mend else "")


def _prose(text: str) -> str:
    return shorten(escape(text), _MAX_TEXT)
