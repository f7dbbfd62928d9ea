"""What a DestinationRule says about TLS (istio.io/api networking/v1alpha3/destination_rule.proto)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.selector import Labels

_MODES = tuple(ClientMode)


@dataclass(frozen=True, slots=True)
class ClientTLS:
    """One `tls` block. `field` is its path; `port` and `subset` say where it applies, None for everything else.

    A block without `mode` means DISABLE, the enum's zero.
    """

    field: str
    mode: ClientMode
    credential_name: str
    sni: str
    port: int | None = None
    subset: str | None = None


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """One rule. `match_labels` None means no workloadSelector: every client that sees the rule uses it."""

    metadata: Metadata
    host: str
    match_labels: Labels | None
    tls: tuple[ClientTLS, ...]

    @property
    def full_host(self) -> str:
        """A short name is one of the rule's own namespace; names with a dot, `*` and addresses are literal (2.1)."""
        if "." in self.host or "*" in self.host or not self.host:
            return self.host
        return f"{self.host}.{self.metadata.namespace}.svc.cluster.local"


def parse_destination_rule(document: Document) -> DestinationRule | Reject:
    """Read one rule as istiod does; a Reject where istiod could not. Raises Malformed for a wrong shape."""
    metadata = parse_metadata(document)
    manifest = document.manifest
    selector = fields.mapping(manifest, "spec").get("workloadSelector")
    blocks: list[ClientTLS] = []
    for place, block in _blocks(manifest):
        mode = block.get("mode")
        if mode is not None and mode not in _MODES:
            return Reject(metadata, f"{place.field}.mode", str(mode), _MODES)
        blocks.append(
            ClientTLS(
                field=place.field,
                mode=ClientMode(mode) if mode else ClientMode.DISABLE,
                credential_name=fields.text(block, "credentialName"),
                sni=fields.text(block, "sni"),
                port=place.port,
                subset=place.subset,
            )
        )
    return DestinationRule(
        metadata=metadata,
        host=fields.text(manifest, "spec.host"),
        match_labels=None if selector is None else fields.strings(manifest, "spec.workloadSelector.matchLabels"),
        tls=tuple(blocks),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    field: str
    port: int | None
    subset: str | None


def _blocks(manifest: Mapping[str, Any]) -> Iterator[tuple[_Place, Mapping[str, Any]]]:
    spec = fields.mapping(manifest, "spec")
    yield from _policy_blocks(fields.mapping(spec, "trafficPolicy"), "spec.trafficPolicy", None)
    for index, subset in enumerate(fields.mappings(spec, "subsets")):
        policy = fields.mapping(subset, "trafficPolicy")
        yield from _policy_blocks(policy, f"spec.subsets.{index}.trafficPolicy", fields.text(subset, "name"))


def _policy_blocks(
    policy: Mapping[str, Any], path: str, subset: str | None
) -> Iterator[tuple[_Place, Mapping[str, Any]]]:
    if policy.get("tls") is not None:
        yield _Place(f"{path}.tls", None, subset), fields.mapping(policy, "tls")
    for index, entry in enumerate(fields.mappings(policy, "portLevelSettings")):
        if entry.get("tls") is not None:
            place = _Place(f"{path}.portLevelSettings.{index}.tls", fields.number(entry, "port.number"), subset)
            yield place, fields.mapping(entry, "tls")
