"""What of an object may leave the cluster in a snapshot: what answers rest on, and nothing secret.

Gone are values of Secrets that are no certificates, environment, commands and arguments of containers (istiod's own
flags stay, they are its configuration), kubectl's last-applied configuration, and managedFields where nobody shows who
changed what (of a Secret they name its data keys and who wrote them).
"""

import base64
from collections.abc import Mapping
from typing import Any

from kubectl_mtls.certs.withhold import withhold_text, withhold_value
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.control_plane import revision_of_config_map
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.kind import WORKLOAD_KINDS, Kind
from kubectl_mtls.model.kubernetes_gateway import API_GROUP
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.proxy import CONTAINER
from kubectl_mtls.model.reading import Document, Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP
from kubectl_mtls.model.secret import parse_secret

_KEY_MARK = "PRIVATE KEY-----"
_REPEATS_KEY = "withheld: it repeated a PRIVATE KEY"
_NO_BASE64 = "withheld!"
_SECRETIVE = frozenset(
    {"command", "args", "envFrom", "httpHeaders", "containerStatuses", "initContainerStatuses", LAST_APPLIED}
)
_MESH_KEYS = ("mesh", "meshNetworks")


def redact(ref: Ref, document: Document) -> Manifest:
    """The manifest as it may be shown to others."""
    manifest = {**document.manifest, "metadata": _metadata(ref.kind, ref.name, document.manifest.get("metadata"))}
    if ref.kind == kinds.SECRET:
        return _secret(manifest, document)
    if ref.kind == kinds.CONFIG_MAP:
        manifest = _config_map(manifest, ref.name)
    elif ref.kind == kinds.POD or ref.kind in WORKLOAD_KINDS:
        labels = _mapping(_mapping(manifest["metadata"]).get("labels"))
        is_istiod = ref.kind == kinds.DEPLOYMENT and labels.get("app") == "istiod"
        manifest = {**_scrubbed(manifest, keeps_flags=is_istiod), "metadata": manifest["metadata"]}
    found: Manifest = _without_keys(manifest)
    return found


def _metadata(kind: Kind, name: str, metadata: Any) -> Any:
    if not isinstance(metadata, Mapping):
        return metadata
    is_istios = kind.group.endswith((".istio.io", API_GROUP)) or (kind == kinds.CONFIG_MAP and _is_istios(name))
    shows_changes = is_istios or kind == kinds.SECRET
    found = {key: value for key, value in metadata.items() if key != "managedFields" or shows_changes}
    if isinstance(annotations := found.get("annotations"), Mapping):
        found["annotations"] = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
    return found


def _is_istios(name: str) -> bool:
    return name == ROOT_CONFIG_MAP or revision_of_config_map(name) is not None


def _secret(manifest: Manifest, document: Document) -> Manifest:
    """Its `data` with `stringData` in it; what the API server would refuse stays refused."""
    kept: Manifest = _without_keys(
        {key: manifest[key] for key in ("apiVersion", "kind", "type", "immutable") if key in manifest}
    )
    kept["metadata"] = _without_keys(manifest["metadata"])
    try:
        secret = parse_secret(document)
    except Malformed:
        return {**kept, "data": _NO_BASE64}
    data: dict[str, Any] = {
        key: base64.b64encode(withhold_value(key, value)).decode() for key, value in secret.data.items()
    }
    data |= {key: 0 if problem == "is not a string" else _NO_BASE64 for key, problem in secret.problems.items()}
    if secret.last_applied_has_key:
        metadata = kept["metadata"]
        kept["metadata"] = {**metadata, "annotations": {**metadata.get("annotations", {}), LAST_APPLIED: _REPEATS_KEY}}
    return {**kept, "data": data}


def _config_map(manifest: Manifest, name: str) -> Manifest:
    data = _mapping(manifest.get("data"))
    if name != ROOT_CONFIG_MAP and revision_of_config_map(name) is not None:
        data = {key: data[key] for key in _MESH_KEYS if key in data}
    else:
        data = {key: _public(value) for key, value in data.items()}
    return {key: value for key, value in manifest.items() if key not in ("data", "binaryData")} | {"data": data}


def _public(value: Any) -> Any:
    return withhold_text(value.encode(errors="replace")).decode() if isinstance(value, str) else value


def _scrubbed(value: Any, *, keeps_flags: bool) -> Any:
    """Without what containers are started with and asked by; a proxy's arguments say what kind of proxy it is."""
    match value:
        case dict():
            found = {
                key: _scrubbed(child, keeps_flags=keeps_flags)
                for key, child in value.items()
                if key not in _SECRETIVE and not (key == "env" and isinstance(child, list))
            }
            if isinstance(variables := value.get("env"), list):
                found["env"] = variables if keeps_flags else [_variable(one) for one in variables]
            if value.get("name") == CONTAINER and isinstance(arguments := value.get("args"), list):
                found["args"] = arguments[:2]
            return found
        case list():
            return [_scrubbed(child, keeps_flags=keeps_flags) for child in value]
    return value


def _variable(variable: Any) -> Any:
    return {"name": variable.get("name")} if isinstance(variable, Mapping) else {}


def _without_keys(value: Any) -> Any:
    """Whatever the field: a text with a private key in it keeps its public blocks only."""
    match value:
        case str() if _KEY_MARK in value:
            return withhold_text(value.encode(errors="replace")).decode()
        case dict():
            return {key: _without_keys(child) for key, child in value.items()}
        case list():
            return [_without_keys(child) for child in value]
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
