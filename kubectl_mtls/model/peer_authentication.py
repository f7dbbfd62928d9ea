"""What a PeerAuthentication says (istio.io/api security/v1beta1/peer_authentication.proto)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.enumeration import UnreadableWord, word
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.selector import Labels

_MODES = tuple(ServerMode)
_PORT = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class PeerAuthentication:
    """One policy. `mode` UNSET stands for every way of not saying one; `match_labels` empty means no selector.

    `port_modes` are by WORKLOAD port (container port), never by Service port.
    """

    metadata: Metadata
    match_labels: Labels
    mode: ServerMode
    port_modes: Mapping[int, ServerMode]

    def field_of(self, port: int | None) -> str:
        """The path of the field that sets the mode, of one port or of the workload."""
        return f"spec.portLevelMtls.{port}.mode" if port is not None else "spec.mtls.mode"


def port_of(field: str) -> int | None:
    """The port whose mode a field sets; None for the workload's."""
    return int(field.split(".")[2]) if field.startswith("spec.portLevelMtls.") else None


def parse_peer_authentication(document: Document) -> PeerAuthentication | Reject:
    """Read one policy as istiod does; a Reject where istiod could not. Raises Malformed for a wrong shape."""
    metadata = parse_metadata(document)
    manifest = document.manifest
    try:
        return PeerAuthentication(
            metadata=metadata,
            match_labels=fields.strings(manifest, "spec.selector.matchLabels"),
            mode=_mode(manifest, "spec.mtls.mode"),
            port_modes=_port_modes(manifest),
        )
    except UnreadableWord as unreadable:
        return Reject(metadata, unreadable.field, unreadable.value, unreadable.legal)


def _mode(manifest: Any, path: str) -> ServerMode:
    parent, _, key = path.rpartition(".")
    return ServerMode(word(fields.mapping(manifest, parent), key, _MODES, path))


def _port_modes(manifest: Any) -> Mapping[int, ServerMode]:
    modes: dict[int, ServerMode] = {}
    for port in fields.mapping(manifest, "spec.portLevelMtls"):
        path = f"spec.portLevelMtls.{port}"
        if not _PORT.fullmatch(port) or int(port) >= 2**32:
            raise UnreadableWord(path, port, ("a port number",))
        modes[int(port)] = _mode(manifest, f"{path}.mode")
    return modes
