"""Whether what was written is what can be read: each object once more, its fields compared."""

from kubectl_mtls.act.journal import Written
from kubectl_mtls.errors import Conflict
from kubectl_mtls.kube.apply import ObjectWriter
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.change import Change
from kubectl_mtls.plan.patch import Path, digest, leaves, make_patch, value_at


def read_back(written: Written, writer: ObjectWriter) -> Manifest | None:
    """The object as it is now, None when it was deleted. Raises Conflict when it does not hold what was written."""
    change = written.change
    now = writer.get(change.ref.kind, change.ref.namespace or None, change.ref.name)
    if problem := _problem(change, now):
        raise Conflict(f"{change.ref.full} was {change.verb}, but {problem}", "look at it before doing anything else")
    return now


def _problem(change: Change, now: Manifest | None) -> str | None:
    if change.after is None:
        is_there = now is not None and _uid(now) == _uid(change.before)
        return "it is still there (a finalizer holds it?)" if is_there else None
    if now is None:
        return "it is gone again"
    paths = list(leaves(make_patch(change.before or {}, change.after)))
    if _held(now, paths) != _held(change.after, paths):
        return "it holds other values: an admission webhook or somebody else changed them"
    return None


def _held(manifest: Manifest, paths: list[Path]) -> list[str]:
    """What the fields hold, as digests. The API server drops empty mappings and lists: those are as good as none."""
    values = [value_at(manifest, path) for path in paths]
    return [digest({"value": value if value not in ({}, []) else None}, [("value",)]) for value in values]


def _uid(manifest: Manifest | None) -> object:
    return value_at(manifest, ("metadata", "uid"))
