"""Which certificates and Services does a Kubernetes Ingress name, and does Istio serve it (networking.k8s.io/v1)?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_CLASS = "istio"


@dataclass(frozen=True, slots=True)
class IngressCertificate:
    """One entry of spec.tls."""

    field: str
    secret: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IngressBackend:
    """A Service of the Ingress's namespace that requests go to; `port` is a number or a port's name."""

    service: str
    port: int | str


@dataclass(frozen=True, slots=True)
class Ingress:
    """One Ingress. `is_istio`: its class is the one that istiod serves by default (MeshConfig.ingressClass)."""

    metadata: Metadata
    is_istio: bool
    certificates: tuple[IngressCertificate, ...]
    backends: tuple[IngressBackend, ...] = ()


def parse_ingress(document: Document) -> Ingress:
    """Raises Malformed."""
    manifest, metadata = document.manifest, parse_metadata(document)
    named = metadata.annotations.get(_CLASS_ANNOTATION) or fields.text(manifest, "spec.ingressClassName")
    found = []
    for index, entry in enumerate(fields.mappings(manifest, "spec.tls")):
        with fields.below(f"spec.tls.{index}"):
            secret, hosts = fields.text(entry, "secretName"), tuple(map(str, fields.items(entry, "hosts")))
        if secret:
            found.append(IngressCertificate(f"spec.tls.{index}.secretName", secret, hosts))
    backends = tuple(dict.fromkeys(_backends(fields.mapping(manifest, "spec"))))
    return Ingress(metadata, named == _CLASS, tuple(found), backends)


def _backends(spec: Mapping[str, Any]) -> Iterator[IngressBackend]:
    yield from _backend(spec, "defaultBackend")
    for index, rule in enumerate(fields.mappings(spec, "rules")):
        with fields.below(f"spec.rules.{index}"):
            paths = fields.mappings(rule, "http.paths")
            for path in paths:
                yield from _backend(path, "backend")


def _backend(owner: Mapping[str, Any], key: str) -> Iterator[IngressBackend]:
    """A backend may be another kind of object (`resource`), which is no Service."""
    service = fields.mapping(owner, f"{key}.service")
    if name := fields.text(service, "name"):
        yield IngressBackend(name, fields.number(service, "port.number") or fields.text(service, "port.name"))
