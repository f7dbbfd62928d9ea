"""Hosts that somebody wrote into the registry (istio.io/api networking/v1alpha3/service_entry.proto)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.enumeration import UnreadableWord, word
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.workload_entry import Machine, parse_machine


class Location(StrEnum):
    """Whether the host is part of the mesh."""

    MESH_EXTERNAL = "MESH_EXTERNAL"
    MESH_INTERNAL = "MESH_INTERNAL"


class Resolution(StrEnum):
    """How addresses are found, in the order of the API's numbers."""

    NONE = "NONE"
    STATIC = "STATIC"
    DNS = "DNS"
    DNS_ROUND_ROBIN = "DNS_ROUND_ROBIN"
    DYNAMIC_DNS = "DYNAMIC_DNS"


@dataclass(frozen=True, slots=True)
class EntryPort:
    """One port. `target` 0 means unsaid."""

    name: str
    number: int
    protocol: str
    target: int


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One entry. `match_labels` None means no workloadSelector: `endpoints` count."""

    metadata: Metadata
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    ports: tuple[EntryPort, ...]
    location: Location
    resolution: Resolution
    endpoints: tuple[Machine, ...]
    match_labels: Labels | None
    export_to: tuple[str, ...]
    subject_alt_names: tuple[str, ...]


def parse_service_entry(document: Document) -> ServiceEntry | Reject:
    """Read one entry as istiod does; a Reject where istiod could not. Raises Malformed for a wrong shape."""
    metadata = parse_metadata(document)
    spec = fields.mapping(document.manifest, "spec")
    try:
        location = Location(word(spec, "location", tuple(Location), "spec.location"))
        resolution = Resolution(word(spec, "resolution", tuple(Resolution), "spec.resolution"))
    except UnreadableWord as unreadable:
        return Reject(metadata, unreadable.field, unreadable.value, unreadable.legal)
    selector = spec.get("workloadSelector")
    with fields.below("spec"):
        return ServiceEntry(
            metadata=metadata,
            hosts=_texts(spec, "hosts"),
            addresses=_texts(spec, "addresses"),
            ports=tuple(_port(port, index) for index, port in enumerate(fields.mappings(spec, "ports"))),
            location=location,
            resolution=resolution,
            endpoints=tuple(_endpoint(one, index) for index, one in enumerate(fields.mappings(spec, "endpoints"))),
            match_labels=None if selector is None else fields.strings(spec, "workloadSelector.labels"),
            export_to=_texts(spec, "exportTo"),
            subject_alt_names=_texts(spec, "subjectAltNames"),
        )


def _texts(spec: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(one) for one in fields.items(spec, key))


def _port(port: Mapping[str, Any], index: int) -> EntryPort:
    with fields.below(f"ports.{index}"):
        return EntryPort(
            name=fields.text(port, "name"),
            number=fields.number(port, "number") or 0,
            protocol=fields.text(port, "protocol"),
            target=fields.number(port, "targetPort") or 0,
        )


def _endpoint(endpoint: Mapping[str, Any], index: int) -> Machine:
    with fields.below(f"endpoints.{index}"):
        return parse_machine(endpoint, {})
