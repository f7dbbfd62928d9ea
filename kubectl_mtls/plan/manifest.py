"""A planned object as a manifest for a file or a Git repository: without what the server sets, without keys."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any

from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.change import Change
from kubectl_mtls.plan.undo_record import without_record

WITHHELD = "<withheld>"
_OF_THE_SERVER = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)


def printable_manifests(changes: Iterable[Change]) -> Iterator[Manifest]:
    """What the changed objects will be, ready to be printed. What is deleted, and our own bookkeeping, is left out."""
    for change in changes:
        if change.after is not None and not change.bookkeeping:
            manifest = clean_manifest(change.after)
            yield withhold_keys(manifest) if change.ref.kind == SECRET else manifest


def clean_manifest(manifest: Manifest) -> Manifest:
    """Without status, undo record, last-applied configuration and the metadata that the server sets."""
    manifest = {key: value for key, value in without_record(manifest).items() if key != "status"}
    metadata = {key: value for key, value in (manifest.get("metadata") or {}).items() if key not in _OF_THE_SERVER}
    annotations = {
        key: value for key, value in (metadata.pop("annotations", None) or {}).items() if key != LAST_APPLIED
    }
    if annotations:
        metadata["annotations"] = annotations
    return {**manifest, "metadata": metadata}


def withhold_keys(manifest: Manifest) -> Manifest:
    """Of a Secret's values only those stay that hold certificates and nothing else."""
    data = {key: value if _is_public(value) else WITHHELD for key, value in (manifest.get("data") or {}).items()}
    return {key: value for key, value in manifest.items() if key != "stringData"} | {"data": data}


def _is_public(value: Any) -> bool:
    try:
        text = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return False
    outside = text
    while b"-----BEGIN CERTIFICATE-----" in outside:
        before, _, rest = outside.partition(b"-----BEGIN CERTIFICATE-----")
        _, end, after = rest.partition(b"-----END CERTIFICATE-----")
        if not end:
            return False
        outside = before + after
    return outside != text and not outside.strip()
