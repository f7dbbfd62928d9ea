"""Where a VirtualService may send what is meant for another host: destinations only, never when or how much."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.host import full_host
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document

MESH = "mesh"


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination of a route. `port` 0 means the port that was asked for; `source_namespaces` limit who goes."""

    field: str
    host: str
    port: int
    subset: str
    source_namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VirtualService:
    """One VirtualService; names of hosts are full. Without `gateways` it holds for sidecars: `mesh`."""

    metadata: Metadata
    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    export_to: tuple[str, ...]
    destinations: tuple[Destination, ...]

    @property
    def is_for_sidecars(self) -> bool:
        """Whether proxies of the mesh use it, not gateways alone."""
        return not self.gateways or MESH in self.gateways


def parse_virtual_service(document: Document) -> VirtualService:
    """Raises Malformed."""
    metadata = parse_metadata(document)
    spec = fields.mapping(document.manifest, "spec")
    with fields.below("spec"):
        return VirtualService(
            metadata=metadata,
            hosts=tuple(full_host(str(host), metadata.namespace) for host in fields.items(spec, "hosts")),
            gateways=tuple(str(one) for one in fields.items(spec, "gateways")),
            export_to=tuple(str(one) for one in fields.items(spec, "exportTo")),
            destinations=tuple(_destinations(spec, metadata.namespace)),
        )


def _destinations(spec: Mapping[str, Any], namespace: str) -> Iterator[Destination]:
    for protocol in ("http", "tcp", "tls"):
        for index, rule in enumerate(fields.mappings(spec, protocol)):
            path = f"{protocol}.{index}"
            with fields.below(path):
                sources = _sources(rule)
                targets = list(_targets(rule))
            for field, target in targets:
                with fields.below(f"{path}.{field}"):
                    yield Destination(
                        field=f"spec.{path}.{field}",
                        host=full_host(fields.text(target, "host"), namespace),
                        port=fields.number(target, "port.number") or 0,
                        subset=fields.text(target, "subset"),
                        source_namespaces=sources,
                    )


def _targets(rule: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key in ("route", "mirrors"):
        for index, route in enumerate(fields.mappings(rule, key)):
            if route.get("destination") is not None:
                yield f"{key}.{index}.destination", fields.mapping(route, "destination")
    if rule.get("mirror") is not None:
        yield "mirror", fields.mapping(rule, "mirror")


def _sources(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """The namespaces from which a rule holds; empty for all."""
    matches = fields.mappings(rule, "match")
    return tuple(name for name in (fields.text(match, "sourceNamespace") for match in matches) if name)
