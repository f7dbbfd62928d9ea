"""Which EnvoyFilters change what a sidecar accepts, so that no policy can tell any more."""

from dataclasses import dataclass

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

_INBOUND_PATCHES = frozenset({"LISTENER", "FILTER_CHAIN", "CLUSTER"})
_INBOUND_CONTEXTS = frozenset({"", "ANY", "SIDECAR_INBOUND"})


@dataclass(frozen=True, slots=True)
class EnvoyFilter:
    """One filter; `inbound_field` is the path of its first patch of inbound listeners, filter chains or clusters.

    Filters with targetRefs have none: those reach gateways and waypoints only.
    """

    metadata: Metadata
    match_labels: Labels
    inbound_field: str | None


def parse_envoy_filter(document: Document) -> EnvoyFilter:
    """Raises Malformed."""
    manifest = document.manifest
    inbound = None
    targets = fields.items(manifest, "spec.targetRefs")
    for index, patch in enumerate([] if targets else fields.mappings(manifest, "spec.configPatches")):
        with fields.below(f"spec.configPatches.{index}"):
            place, context = fields.text(patch, "applyTo"), fields.text(patch, "match.context")
        if place in _INBOUND_PATCHES and context in _INBOUND_CONTEXTS:
            inbound = f"spec.configPatches.{index}"
            break
    return EnvoyFilter(
        metadata=parse_metadata(document),
        match_labels=fields.strings(manifest, "spec.workloadSelector.labels"),
        inbound_field=inbound,
    )
