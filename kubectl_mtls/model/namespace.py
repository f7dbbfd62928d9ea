"""What a Namespace says about injection."""

from dataclasses import dataclass

from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document

NEVER_INJECTED = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace."""

    metadata: Metadata

    @property
    def injection(self) -> bool | None:
        """Whether pods get a sidecar unless they say otherwise; None where the labels don't say.

        `istio-injection` takes precedence over `istio.io/rev` (pkg/kube/inject/webhook.go, injector templates).
        """
        if self.metadata.name in NEVER_INJECTED:
            return False
        if "istio-injection" in self.metadata.labels:
            return self.metadata.labels["istio-injection"] == "enabled"
        return True if self.revision else None

    @property
    def revision(self) -> str | None:
        """Revision or tag of label `istio.io/rev`."""
        return self.metadata.labels.get("istio.io/rev")

    @property
    def ambient(self) -> bool:
        """Whether pods are captured by ztunnel unless they say otherwise."""
        return self.metadata.labels.get("istio.io/dataplane-mode") == "ambient"


def parse_namespace(document: Document) -> Namespace:
    """Raises Malformed."""
    return Namespace(parse_metadata(document))
