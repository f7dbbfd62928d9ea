"""A change as people read it: the fields that differ, or the whole object where it comes or goes. No keys."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.plan.change import Change, Verb
from kubectl_mtls.plan.manifest import WITHHELD, clean_manifest, withhold_keys
from kubectl_mtls.plan.patch import FieldChange
from kubectl_mtls.render.structured import render_object
from kubectl_mtls.render.text import escape, shorten

_MAX = 200


def render_changes(changes: Iterable[Change]) -> str:
    """A CHANGE line for every field of every object; what the program keeps for itself is left out."""
    return "".join(f"{line}\n" for change in changes if not change.bookkeeping for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    head = f"CHANGE  {escape(change.ref.full)}"
    match change.verb:
        case Verb.CREATED:
            yield f"{head}   is created"
            yield from _whole(change, change.after, "+")
        case Verb.DELETED:
            yield f"{head}   is deleted"
            yield from _whole(change, change.before, "-")
        case Verb.PATCHED:
            shown = [_field(change, one) for one in change.fields]
            if not shown:
                yield f"{head}   nothing but the undo record"
            for index, text in enumerate(shown):
                yield f"{head if index == 0 else ' ' * len(head)}   {text}"


def _whole(change: Change, manifest: dict[str, Any] | None, sign: str) -> Iterator[str]:
    clean = clean_manifest(manifest or {})
    shown = withhold_keys(clean) if change.ref.kind == SECRET else clean
    if change.ref.kind == SECRET:
        shown = {**shown, "data": dict.fromkeys(shown["data"], WITHHELD)}
    for line in render_object(shown, "yaml").splitlines():
        yield f"  {sign} {escape(line)}"


def _field(change: Change, one: FieldChange) -> str:
    if change.ref.kind == SECRET and (one.path[0] != "metadata" or one.path[-1] == LAST_APPLIED):
        before, after = (WITHHELD if value is not None else None for value in (one.before, one.after))
    else:
        before, after = one.before, one.after
    if after is None:
        return f"{escape(one.dotted)}: {_value(before)} is removed"
    if before is None:
        return f"{escape(one.dotted)}: {_value(after)} is added"
    if before == after == WITHHELD:
        return f"{escape(one.dotted)}: is replaced"
    return f"{escape(one.dotted)}: {_value(before)} -> {_value(after)}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return shorten(escape(text), _MAX) if text else '""'
