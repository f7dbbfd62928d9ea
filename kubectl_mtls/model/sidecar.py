"""Which hosts a proxy shall know (istio.io/api networking/v1alpha3/sidecar.proto): egress only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.enumeration import UnreadableWord, word
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.selector import Labels

OUTBOUND_MODES = ("REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS")


@dataclass(frozen=True, slots=True)
class Egress:
    """One egress listener. `hosts` are "namespace/name"; `port` 0 imports every port of them."""

    hosts: tuple[str, ...]
    port: int


@dataclass(frozen=True, slots=True)
class Sidecar:
    """One Sidecar. `match_labels` None means no workloadSelector; `outbound` is empty where the mesh decides."""

    metadata: Metadata
    match_labels: Labels | None
    egress: tuple[Egress, ...]
    outbound: str


def parse_sidecar(document: Document) -> Sidecar | Reject:
    """Read one Sidecar as istiod does; a Reject where istiod could not. Raises Malformed for a wrong shape."""
    metadata = parse_metadata(document)
    spec = fields.mapping(document.manifest, "spec")
    selector = spec.get("workloadSelector")
    try:
        outbound = parse_outbound(spec, "spec.outboundTrafficPolicy")
    except UnreadableWord as unreadable:
        return Reject(metadata, unreadable.field, unreadable.value, unreadable.legal)
    with fields.below("spec"):
        return Sidecar(
            metadata=metadata,
            match_labels=None if selector is None else fields.strings(spec, "workloadSelector.labels"),
            egress=tuple(_egress(one, index) for index, one in enumerate(fields.mappings(spec, "egress"))),
            outbound=outbound,
        )


def parse_outbound(parent: Mapping[str, Any], path: str) -> str:
    """The mode of an outboundTrafficPolicy: empty when there is none. Raises UnreadableWord, Malformed."""
    if parent.get("outboundTrafficPolicy") is None:
        return ""
    return word(fields.mapping(parent, "outboundTrafficPolicy"), "mode", OUTBOUND_MODES, f"{path}.mode")


def _egress(egress: Mapping[str, Any], index: int) -> Egress:
    with fields.below(f"egress.{index}"):
        port = fields.number(egress, "port.number") or 0
        if fields.text(egress, "port.protocol").upper() == "HTTP_PROXY":
            port = 0
        return Egress(tuple(str(host) for host in fields.items(egress, "hosts")), port)
