"""What a Secret, or a ConfigMap with certificates, holds."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.managers import Manager, managers_of
from kubectl_mtls.model.metadata import LAST_APPLIED, Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref

_KEY_MARK = b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Secret:
    """The decoded values of a Secret or ConfigMap. Values are never part of `repr`.

    `problems` are data keys whose value the API server would refuse (no base64, no string), each with the reason: they
    are absent from `data`. `last_applied_has_key`: kubectl's last-applied annotation repeats a private key. `managers`
    are who else keeps it; `immutable`: the API server lets nobody change its data.
    """

    metadata: Metadata
    type: str
    data: Mapping[str, bytes] = field(repr=False)
    problems: Mapping[str, str] = field(default_factory=dict)
    last_applied_has_key: bool = False
    managers: tuple[Manager, ...] = ()
    immutable: bool = False

    @property
    def ref(self) -> Ref:
        """Kind, namespace and name."""
        return self.metadata.ref

    @property
    def kept_by(self) -> str | None:
        """What renews it, as `certificate/partner (cert-manager)`; None when nobody says so."""
        if self.managers:
            first = self.managers[0]
            return f"{first.source} ({first.name})" if first.source else first.name
        owner = self.metadata.owner
        return f"{owner.kind.lower()}/{owner.name}" if owner else None


def parse_secret(document: Document) -> Secret:
    """A Secret (`data` decoded, `stringData` over it) or a ConfigMap (`data` as it is; nobody reads its `binaryData`).

    Raises Malformed, whose text never holds a value.
    """
    manifest = document.manifest
    metadata = parse_metadata(document)
    is_secret = metadata.ref.kind == SECRET
    data, problems = _decoded(manifest, is_secret)
    return Secret(
        metadata=metadata,
        type=fields.text(manifest, "type") or ("Opaque" if is_secret else ""),
        data=data,
        problems=problems,
        last_applied_has_key=_repeats_key(manifest),
        managers=managers_of(manifest),
        immutable=fields.flag(manifest, "immutable") is True,
    )


def _decoded(manifest: Mapping[str, Any], is_secret: bool) -> tuple[dict[str, bytes], dict[str, str]]:
    data: dict[str, bytes] = {}
    problems: dict[str, str] = {}
    for key, value in fields.mapping(manifest, "data").items():
        if value is None:
            data[str(key)] = b""
        elif not isinstance(value, str):
            problems[str(key)] = "is not a string"
        elif not is_secret:
            data[str(key)] = value.encode(errors="replace")
        elif (decoded := decode_base64(value)) is None:
            problems[str(key)] = "is not base64"
        else:
            data[str(key)] = decoded
    if not is_secret:
        return data, problems
    for key, value in fields.mapping(manifest, "stringData").items():
        if isinstance(value, str):
            data[str(key)] = value.encode(errors="replace")
            problems.pop(str(key), None)
        elif value is not None:
            problems[str(key)] = "is not a string"
    return data, problems


def decode_base64(text: str) -> bytes | None:
    """The bytes of a `data` value as the API server decodes it (line ends are skipped); None when it is no base64."""
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return None


def _repeats_key(manifest: Mapping[str, Any]) -> bool:
    written = fields.mapping(manifest, "metadata.annotations").get(LAST_APPLIED)
    if not isinstance(written, str):
        return False
    try:
        applied = json.loads(written)
        decoded = [decode_base64(str(value)) or b"" for value in fields.mapping(applied, "data").values()]
        plain = [str(value).encode(errors="replace") for value in fields.mapping(applied, "stringData").values()]
    except (ValueError, RecursionError, fields.Malformed):
        return "PRIVATE KEY" in written
    return any(_KEY_MARK in value for value in (*decoded, *plain))
