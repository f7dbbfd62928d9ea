"""What `--undo` needs, kept beside what it undoes: the annotation `kubectl-mtls/undo` of the changed object.

It holds the way back and a digest of the fields that were written. Where they differ now, somebody changed them later,
and taking them back would destroy that person's work. One step deep.
"""

import json
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.errors import Refused
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.patch import apply_patch, digest, leaves, make_patch, value_at

UNDO = "kubectl-mtls/undo"
_BODY = [("data",), ("spec",)]


@dataclass(frozen=True, slots=True)
class UndoRecord:
    """The way back. `patch` None: the object was created by us, so the way back is to delete it."""

    patch: Manifest | None
    digest: str


def with_record(before: Manifest | None, after: Manifest) -> Manifest:
    """`after` with the record of how to get from it to `before` again; an older record is replaced."""
    after = without_record(after)
    record: dict[str, Any]
    if before is None:
        record = {"created": True, "digest": digest(after, _BODY)}
    else:
        back = make_patch(after, without_record(before))
        record = {"patch": back, "digest": digest(after, leaves(back))}
    text = json.dumps({"version": 1, **record}, separators=(",", ":"))
    return apply_patch(after, {"metadata": {"annotations": {UNDO: text}}})


def without_record(manifest: Manifest) -> Manifest:
    """The manifest without the record."""
    metadata = manifest.get("metadata") or {}
    annotations = metadata.get("annotations")
    if not annotations or UNDO not in annotations:
        return manifest
    kept = {key: value for key, value in annotations.items() if key != UNDO}
    metadata = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**manifest, "metadata": {**metadata, **({"annotations": kept} if kept else {})}}


def has_record(manifest: Manifest | None) -> bool:
    """Whether there is a record, sound or damaged."""
    return value_at(manifest, ("metadata", "annotations", UNDO)) is not None


def read_record(manifest: Manifest) -> UndoRecord | None:
    """The record of an object, None when it has none. Raises Refused for one that we did not write."""
    text = value_at(manifest, ("metadata", "annotations", UNDO))
    if text is None:
        return None
    try:
        record = json.loads(text)
        created, patch, written = record.get("created", False), record.get("patch"), record["digest"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Refused(f"the annotation {UNDO} is damaged: there is no way back that can be trusted") from None
    if not isinstance(written, str) or not (created is True or (isinstance(patch, dict) and set(patch) <= {"spec"})):
        raise Refused(f"the annotation {UNDO} is damaged: there is no way back that can be trusted")
    return UndoRecord(None if created is True else patch, written)


def take_back(manifest: Manifest, what: str) -> Manifest | None:
    """The object as it was before; None when it is to be deleted.

    Raises Refused when there is no record, or when somebody changed the fields since. `what` names the object.
    """
    record = read_record(manifest)
    if record is None:
        raise Refused(f"there is nothing to undo: {what} holds no record of a change by this program")
    paths = _BODY if record.patch is None else list(leaves(record.patch))
    if digest(manifest, paths) != record.digest:
        changed = ", ".join(".".join(path) for path in paths)
        raise Refused(f"somebody changed {changed} of {what} later: taking it back would undo that too")
    return None if record.patch is None else without_record(apply_patch(manifest, record.patch))
