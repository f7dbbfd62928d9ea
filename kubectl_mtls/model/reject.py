"""An object that istiod can't read: it counts as absent, and somebody should hear of it."""

from dataclasses import dataclass

from kubectl_mtls.model.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Reject:
    """One value that Istio's API does not know. `legal` are the words that it does."""

    metadata: Metadata
    field: str
    value: str
    legal: tuple[str, ...]
