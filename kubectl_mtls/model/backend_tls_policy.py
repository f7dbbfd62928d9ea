"""What a BackendTLSPolicy says: TLS towards the ports of a backend (sigs.k8s.io/gateway-api apis/v1, v1alpha3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kubernetes_gateway import ObjectReference, each, parse_references
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document

IGNORED_ANNOTATION = "istio.io/ignore-policy-attachment"


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """One backend of the policy's namespace; `port_name` (sectionName) empty means all of its ports."""

    group: str
    kind: str
    name: str
    port_name: str


@dataclass(frozen=True, slots=True)
class BackendTLSPolicy:
    """One policy. `ignored` by annotation; `certificates` are the CAs, none where the system's own hold."""

    metadata: Metadata
    targets: tuple[PolicyTarget, ...]
    hostname: str
    subject_alt_names: tuple[str, ...]
    certificates: tuple[ObjectReference, ...]
    well_known: str
    ignored: bool


def parse_backend_tls_policy(document: Document) -> BackendTLSPolicy:
    """Raises Malformed."""
    manifest = document.manifest
    metadata = parse_metadata(document)
    return BackendTLSPolicy(
        metadata=metadata,
        targets=each(manifest, "spec.targetRefs", _target),
        hostname=fields.text(manifest, "spec.validation.hostname"),
        subject_alt_names=each(manifest, "spec.validation.subjectAltNames", _name),
        certificates=parse_references(manifest, "spec.validation.caCertificateRefs", ""),
        well_known=fields.text(manifest, "spec.validation.wellKnownCACertificates"),
        ignored=metadata.annotations.get(IGNORED_ANNOTATION, "").lower() == "true",
    )


def _target(one: Mapping[str, Any]) -> PolicyTarget:
    kind, name = fields.text(one, "kind"), fields.text(one, "name")
    return PolicyTarget(fields.text(one, "group"), kind, name, fields.text(one, "sectionName"))


def _name(one: Mapping[str, Any]) -> str:
    return fields.text(one, "uri" if one.get("type") == "URI" else "hostname")
