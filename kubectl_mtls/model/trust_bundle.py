"""A ClusterTrustBundle: trust anchors for a whole cluster (certificates.k8s.io)."""

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.secret import Secret

BUNDLE_KEY = "trustBundle"


def parse_trust_bundle(document: Document) -> Secret:
    """As an object with one data key, named as the field. Raises Malformed."""
    text = fields.text(document.manifest, f"spec.{BUNDLE_KEY}") or ""
    signer = fields.text(document.manifest, "spec.signerName") or ""
    return Secret(parse_metadata(document), signer, {BUNDLE_KEY: text.encode(errors="replace")})
