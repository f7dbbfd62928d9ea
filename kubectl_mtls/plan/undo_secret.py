"""The one Secret that keeps the previous version of a certificate Secret: `NAME-mtls-undo`.

It holds only the data keys that change, and a digest of what was written in their place: where they differ now,
somebody changed them later.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.errors import Refused
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.certificate_effect import CertificateEffect
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.fitness import object_to_certificate, object_to_owner
from kubectl_mtls.plan.patch import Path, apply_patch, digest, value_at
from kubectl_mtls.plan.secrets_in_place import SecretsInPlace, view
from kubectl_mtls.plan.succession import UNDO as UNDO_SIDES
from kubectl_mtls.plan.undo_record import UNDO, take_back

_SUFFIX = "-mtls-undo"
_LABELS = {"app.kubernetes.io/managed-by": "kubectl-mtls"}


@dataclass(frozen=True, slots=True)
class _Record:
    uid: str
    added: tuple[str, ...]
    digest: str


def undo_secret_name(name: str) -> str:
    """The undo Secret of a Secret."""
    return f"{name}{_SUFFIX}"


def plan_undo_secret(
    secret: Manifest, older: Manifest | None, wanted: Mapping[str, bytes]
) -> tuple[Change, str | None]:
    """Keep what `wanted` is about to overwrite. The note says when an older version is given up for it.

    Raises Refused when somebody else's Secret has that name.
    """
    metadata = secret["metadata"]
    name = undo_secret_name(metadata["name"])
    ref = Ref(SECRET, metadata["namespace"], name)
    data = secret.get("data") or {}
    new = {key: base64.b64encode(value).decode() for key, value in wanted.items()}
    changed = {key: value for key, value in new.items() if data.get(key) != value}
    paths: list[Path] = [("data", key) for key in changed]
    record = {
        "version": 1,
        "uid": metadata.get("uid", ""),
        "added": sorted(key for key in changed if key not in data),
        "digest": digest({"data": changed}, paths),
    }
    kept = {key: data[key] for key in changed if key in data}
    note = None
    if older is not None:
        _read_record(older, ref)
        note = f"{ref} holds the version before the last rotation: it is replaced, undo goes one step back"
    wrapped = {
        "name": name,
        "namespace": metadata["namespace"],
        "labels": _LABELS,
        "annotations": {UNDO: json.dumps(record, separators=(",", ":"))},
    }
    # The API server drops an empty mapping, and what is read back would not be what was written.
    held = {"data": kept} if kept else {}
    after = {"apiVersion": "v1", "kind": SECRET.name, "metadata": wrapped, "type": "Opaque", **held}
    if older is not None:
        emptied = {key: value for key, value in older.items() if key != "data"}
        after = apply_patch(emptied, {"metadata": {"annotations": wrapped["annotations"]}, **held})
    return Change(ref, older, after, bookkeeping=True), note


def plan_stale_undo_secret(older: Manifest, ref: Ref) -> tuple[Change, str]:
    """Delete the undo Secret of a Secret `ref` that is gone: it keeps a private key, and is in the way of an undo.

    Raises Refused when somebody else's Secret has that name.
    """
    undo = Ref(SECRET, ref.namespace, undo_secret_name(ref.name))
    _read_record(older, undo)
    note = f"{undo} holds a version, with its key, of an earlier {ref} that is gone: it is deleted"
    return Change(undo, older, None, bookkeeping=True), note


def plan_rotation_undo(there: SecretsInPlace, now: datetime) -> Plan:
    """Put the previous version back and delete the undo Secret. Raises Refused."""
    if there.secret is None:
        raise Refused(f"{there.ref.full} does not exist (any more): there is nothing to undo")
    old = view(there.companion, there.secret, now)
    if there.undo is None:
        after = take_back(there.secret, there.ref.full)
        change = Change(there.ref, there.secret, after)
        effect = CertificateEffect(old, view(there.companion, after, now), there.users)
        return Plan((change,), effect, notes=_as_notes(object_to_owner(there.secret)))
    undo_ref = Ref(SECRET, there.ref.namespace, undo_secret_name(there.ref.name))
    record = _read_record(there.undo, undo_ref)
    kept = there.undo.get("data") or {}
    restored: Manifest = apply_patch(there.secret, {"data": {**kept, **dict.fromkeys(record.added)}})
    if restored == there.secret:
        return Plan((), CertificateEffect(None, None), notes=(f"{there.ref.full} holds the previous version already",))
    _demand_untouched(there, record, [*kept, *record.added])
    new = view(there.companion, restored, now)
    changes = (Change(there.ref, there.secret, restored), Change(undo_ref, there.undo, None, bookkeeping=True))
    objections = (*object_to_owner(there.secret), *object_to_certificate(old, new, now, there.users, UNDO_SIDES))
    return Plan(changes, CertificateEffect(old, new, there.users), notes=_as_notes(objections))


def _as_notes(objections: Iterable[Objection]) -> tuple[str, ...]:
    """Who takes a rotation back asks for what was there: that is said, and stands in nobody's way."""
    return tuple(f"{objection.message} ({objection.code})" for objection in objections)


def _demand_untouched(there: SecretsInPlace, record: _Record, keys: list[str]) -> None:
    secret = there.secret or {}
    if record.uid != value_at(secret, ("metadata", "uid")):
        raise Refused(f"{there.ref.full} was deleted and made anew since: the kept version is not of this one")
    if digest(secret, [("data", key) for key in keys]) != record.digest:
        raise Refused(
            f"somebody changed {', '.join(sorted(keys))} of {there.ref.full} later: taking it back would undo that too"
        )


def _read_record(undo: Manifest, ref: Ref) -> _Record:
    try:
        record = json.loads(value_at(undo, ("metadata", "annotations", UNDO)))
        return _Record(str(record["uid"]), tuple(map(str, record["added"])), str(record["digest"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Refused(f"{ref.full} is not an undo Secret of this program, or is damaged: it is left alone") from None
