"""The copies of the mesh's root that istiod writes into every namespace."""

from dataclasses import dataclass

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document

ROOT_CONFIG_MAP = "istio-ca-root-cert"
ROOT_KEY = "root-cert.pem"


@dataclass(frozen=True, slots=True)
class RootCopy:
    """One ConfigMap `istio-ca-root-cert` (security/pkg/k8s/configutil); `pem` is empty when the key is missing."""

    metadata: Metadata
    pem: str


def parse_root_copy(document: Document) -> RootCopy:
    """Raises Malformed."""
    return RootCopy(parse_metadata(document), fields.strings(document.manifest, "data").get(ROOT_KEY, ""))
