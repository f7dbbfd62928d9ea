"""What the API server answered when asked whether somebody may do something (authorization.k8s.io/v1)."""

from dataclasses import dataclass

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import LOCAL_ACCESS_REVIEW
from kubectl_mtls.model.reading import Document, Manifest


@dataclass(frozen=True, slots=True)
class AccessReview:
    """The answer to istiod's own question: may this user list Secrets in this namespace? `reason` is the server's."""

    namespace: str
    user: str
    allowed: bool
    reason: str


def listing_review(namespace: str, user: str) -> Manifest:
    """The question as istiod asks it, without groups: rights that come by a group do not count.

    Source: pilot/pkg/credentials/kube/secrets.go Authorize.
    """
    attributes = {"namespace": namespace, "verb": "list", "resource": "secrets"}
    return {
        "apiVersion": f"{LOCAL_ACCESS_REVIEW.group}/v1",
        "kind": LOCAL_ACCESS_REVIEW.name,
        "metadata": {"namespace": namespace},
        "spec": {"user": user, "resourceAttributes": attributes},
    }


def parse_access_review(document: Document) -> AccessReview:
    """Raises Malformed."""
    manifest = document.manifest
    return AccessReview(
        namespace=fields.text(manifest, "metadata.namespace"),
        user=fields.text(manifest, "spec.user"),
        allowed=fields.flag(manifest, "status.allowed") is True,
        reason=fields.text(manifest, "status.reason"),
    )
