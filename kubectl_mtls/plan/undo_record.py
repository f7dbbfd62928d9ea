"""What `--undo` needs, kept beside what it undoes: the annotation `kubectl-mtls/undo` of the changed object.

It holds the way back and a digest of each field that must still be what it was then: the fields that were written, what
the object is about (a policy's selector), of a created object its labels and annotations too. Where one differs,
somebody changed it later, and taking the change back would destroy that person's work. It names the object that it was
written for, since annotations get copied. One step deep.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.errors import Refused
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.field_owners import is_ours, later_writers
from kubectl_mtls.plan.patch import Path, apply_patch, digest, leaves, make_patch, value_at

UNDO = "kubectl-mtls/undo"
_AT = ("metadata", "annotations", UNDO)
_SUBJECT: dict[str, tuple[Path, ...]] = {
    "PeerAuthentication": (("spec", "selector"),),
    "DestinationRule": (("spec", "host"), ("spec", "workloadSelector")),
}


@dataclass(frozen=True, slots=True)
class UndoRecord:
    """The way back. `patch` None: the object was created by us, so the way back is to delete it.

    `of` is NAMESPACE/NAME; `uid` is empty for a created object, which had none yet.
    """

    patch: Manifest | None
    of: str
    uid: str
    digests: tuple[str, ...]


def with_record(before: Manifest | None, after: Manifest) -> Manifest:
    """`after` with the record of how to get from it to `before` again; an older record is replaced."""
    after = without_record(after)
    back = None if before is None else make_patch(after, without_record(before))
    record: dict[str, Any] = {"created": True} if back is None else {"patch": back}
    record |= {"of": _name(after), "digests": _digests(after, back)}
    if before is not None and (uid := value_at(before, ("metadata", "uid"))):
        record["uid"] = uid
    text = json.dumps({"version": 1, **record}, separators=(",", ":"))
    return apply_patch(after, {"metadata": {"annotations": {UNDO: text}}})


def without_record(manifest: Manifest) -> Manifest:
    """The manifest without the record."""
    return _without_annotation(manifest, UNDO)


def has_record(manifest: Manifest | None) -> bool:
    """Whether there is a record, sound or damaged."""
    return value_at(manifest, _AT) is not None


def read_record(manifest: Manifest) -> UndoRecord | None:
    """The record of an object, None when it has none. Raises Refused for one that we did not write."""
    text = value_at(manifest, _AT)
    if text is None:
        return None
    try:
        record = json.loads(text)
        is_created, patch = record.get("created") is True, record.get("patch")
        of, uid, digests = record["of"], record.get("uid", ""), tuple(map(str, record["digests"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _damaged() from None
    is_way = is_created or (isinstance(patch, dict) and set(patch) <= {"spec"})
    if not is_way or not isinstance(of, str) or not isinstance(uid, str):
        raise _damaged()
    return UndoRecord(None if is_created else patch, of, uid, digests)


def take_back(manifest: Manifest, what: str) -> Manifest | None:
    """The object as it was before; None when it is to be deleted.

    Raises Refused when there is no record, when it is another object's, or when somebody changed the fields since.
    `what` names the object.
    """
    record = read_record(manifest)
    if record is None:
        raise Refused(f"there is nothing to undo: {what} holds no record of a change by this program")
    _demand_own(record, manifest, what)
    paths = _paths(manifest, record.patch)
    if len(paths) != len(record.digests):
        raise _damaged()
    now = _digests(manifest, record.patch)
    changed = [".".join(path) for path, then, today in zip(paths, record.digests, now, strict=True) if then != today]
    if changed:
        raise Refused(f"somebody changed {', '.join(changed)} of {what} later: taking it back would undo that too")
    return None if record.patch is None else without_record(apply_patch(manifest, record.patch))


def writers_since(manifest: Manifest, what: str) -> tuple[str, ...]:
    """Who wrote the same fields after this program, though they hold what it wrote. Raises Refused."""
    record = read_record(manifest)
    if record is None:
        return ()
    paths = [("spec",), ("data",)] if record.patch is None else list(leaves(record.patch))
    return later_writers(manifest, paths, what)


def _demand_own(record: UndoRecord, manifest: Manifest, what: str) -> None:
    """The record was written by this program, for this very object. Raises Refused."""
    if record.of != _name(manifest):
        raise Refused(f"the annotation {UNDO} of {what} was copied from {record.of}: it says nothing about {what}")
    if record.uid and record.uid != value_at(manifest, ("metadata", "uid")):
        raise Refused(f"{what} was deleted and made anew since: the annotation {UNDO} is about the one before")
    if not is_ours(manifest, _AT):
        raise Refused(f"the annotation {UNDO} of {what} was put there by somebody else (metadata.managedFields)")


def _damaged() -> Refused:
    return Refused(f"the annotation {UNDO} is damaged: there is no way back that can be trusted")


def _name(manifest: Manifest) -> str:
    metadata = manifest.get("metadata") or {}
    return f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"


def _digests(manifest: Manifest, back: Mapping[str, Any] | None) -> list[str]:
    plain = _without_annotation(without_record(manifest), LAST_APPLIED)
    return [digest(plain, [path]) for path in _paths(manifest, back)]


def _paths(manifest: Manifest, back: Mapping[str, Any] | None) -> list[Path]:
    """The fields that have a digest, in its order."""
    kind = str(manifest.get("kind", ""))
    if back is None:
        return [("metadata", "labels"), ("metadata", "annotations"), ("data" if kind == "Secret" else "spec",)]
    return sorted({*leaves(back), *_SUBJECT.get(kind, ())})


def _without_annotation(manifest: Manifest, name: str) -> Manifest:
    metadata = manifest.get("metadata") or {}
    annotations = metadata.get("annotations")
    if not annotations or name not in annotations:
        return manifest
    kept = {key: value for key, value in annotations.items() if key != name}
    metadata = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**manifest, "metadata": {**metadata, **({"annotations": kept} if kept else {})}}
