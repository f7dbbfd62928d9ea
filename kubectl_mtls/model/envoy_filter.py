"""Which EnvoyFilters change what a proxy accepts or sends, so that no policy or rule can tell any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

_PATCHES = frozenset({"LISTENER", "FILTER_CHAIN", "CLUSTER"})
_INBOUND_CONTEXTS = frozenset({"", "ANY", "SIDECAR_INBOUND"})
_OUTBOUND_CONTEXTS = frozenset({"", "ANY", "SIDECAR_OUTBOUND"})
_GATEWAY_CONTEXTS = frozenset({"", "ANY", "GATEWAY"})


@dataclass(frozen=True, slots=True)
class EnvoyFilter:
    """One filter; `inbound_field` is the path of its first patch of inbound listeners, filter chains or clusters.

    Filters with targetRefs have none: those reach gateways and waypoints only. `outbound_field` and `gateway_field` are
    the same for what sidecars send, and for gateways.
    """

    metadata: Metadata
    match_labels: Labels
    inbound_field: str | None
    outbound_field: str | None = None
    gateway_field: str | None = None


def parse_envoy_filter(document: Document) -> EnvoyFilter:
    """Raises Malformed."""
    manifest = document.manifest
    patches = list(_patches(manifest))
    for_sidecars = [] if fields.items(manifest, "spec.targetRefs") else patches
    return EnvoyFilter(
        metadata=parse_metadata(document),
        match_labels=fields.strings(manifest, "spec.workloadSelector.labels"),
        inbound_field=_first(for_sidecars, _INBOUND_CONTEXTS),
        outbound_field=_first(for_sidecars, _OUTBOUND_CONTEXTS),
        gateway_field=_first(patches, _GATEWAY_CONTEXTS),
    )


def _patches(manifest: Any) -> Iterator[tuple[str, str]]:
    """Path and context of each patch that may change how connections are made or taken."""
    for index, patch in enumerate(fields.mappings(manifest, "spec.configPatches")):
        with fields.below(f"spec.configPatches.{index}"):
            place, context = fields.text(patch, "applyTo"), fields.text(patch, "match.context")
        if place in _PATCHES:
            yield f"spec.configPatches.{index}", context


def _first(patches: Iterable[tuple[str, str]], contexts: frozenset[str]) -> str | None:
    return next((field for field, context in patches if context in contexts), None)
