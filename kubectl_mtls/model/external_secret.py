"""What External Secrets says of the Secret that it copies from elsewhere (external-secrets.io/v1)."""

from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.model import fields
from kubectl_mtls.model.condition import Conditions, parse_conditions
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document


@dataclass(frozen=True, slots=True)
class ExternalSecret:
    """One copy instruction. `target` is the Secret; `interval` how often it is refreshed, as written."""

    metadata: Metadata
    target: str
    store: str
    interval: str
    refreshed_at: datetime | None
    conditions: Conditions


def parse_external_secret(document: Document) -> ExternalSecret:
    """Raises Malformed."""
    manifest, metadata = document.manifest, parse_metadata(document)
    kind, store = (
        fields.text(manifest, "spec.secretStoreRef.kind") or "SecretStore",
        fields.text(manifest, "spec.secretStoreRef.name"),
    )
    return ExternalSecret(
        metadata=metadata,
        target=fields.text(manifest, "spec.target.name") or metadata.name,
        store=f"{kind.lower()}/{store}" if store else "",
        interval=fields.text(manifest, "spec.refreshInterval"),
        refreshed_at=fields.time(manifest, "status.refreshTime"),
        conditions=parse_conditions(manifest),
    )
