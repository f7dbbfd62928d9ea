"""Which certificates does a Kubernetes Ingress name, and is it one that Istio serves (networking.k8s.io/v1)?"""

from dataclasses import dataclass

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
class Ingress:
    """One Ingress. `is_istio`: its class is the one that istiod serves by default (MeshConfig.ingressClass)."""

    metadata: Metadata
    is_istio: bool
    certificates: tuple[IngressCertificate, ...]


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
    return Ingress(metadata, named == _CLASS, tuple(found))
