"""The one Secret that keeps the previous version of a certificate Secret: `NAME-mtls-undo`.

It holds only the data keys that change, and a digest of what was written in their place: where they differ now,
somebody changed them later.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.errors import Refused
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.certificate_effect import CertificateEffect
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.fitness import object_to_certificate, object_to_owner
from kubectl_mtls.plan.patch import Path, apply_patch, digest, value_at
from kubectl_mtls.plan.secrets_in_place import SecretsInPlace, view
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
    after = {"apiVersion": "v1", "kind": SECRET.name, "metadata": wrapped, "type": "Opaque", "data": kept}
    if older is not None:
        old_keys = dict.fromkeys(older.get("data") or {})
        after = apply_patch(older, {"metadata": {"annotations": wrapped["annotations"]}, "data": {**old_keys, **kept}})
    return Change(ref, older, after, bookkeeping=True), note


def plan_rotation_undo(there: SecretsInPlace, now: datetime) -> Plan:
    """Put the previous version back and delete the undo Secret. Raises Refused."""
    if there.secret is None:
        raise Refused(f"{there.ref.full} does not exist (any more): there is nothing to undo")
    old = view(there.companion, there.secret, now)
    if there.undo is None:
        after = take_back(there.secret, there.ref.full)
        change = Change(there.ref, there.secret, after)
        return Plan(
            (change,),
            CertificateEffect(old, view(there.companion, after, now), there.users),
            object_to_owner(there.secret),
        )
    undo_ref = Ref(SECRET, there.ref.namespace, undo_secret_name(there.ref.name))
    record = _read_record(there.undo, undo_ref)
    kept = there.undo.get("data") or {}
    restored: Manifest = apply_patch(there.secret, {"data": {**kept, **dict.fromkeys(record.added)}})
    if restored == there.secret:
        return Plan((), CertificateEffect(None, None), notes=(f"{there.ref.full} holds the previous version already",))
    _demand_untouched(there, record, [*kept, *record.added])
    new = view(there.companion, restored, now)
    changes = (Change(there.ref, there.secret, restored), Change(undo_ref, there.undo, None, bookkeeping=True))
    objections = (*object_to_owner(there.secret), *object_to_certificate(old, new, now, there.users))
    return Plan(changes, CertificateEffect(old, new, there.users), objections)


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
