"""The Secret is immutable: no renewal can be written into it.

What it checks

Secrets with `immutable: true` that hold a certificate.

Why it matters

The API server refuses every change of the data, whether by `rotate`, by cert-manager or by hand. A
rotation has to delete the Secret and make a new one, and between the two proxies that start have no certificate.

Example

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
    type: kubernetes.io/tls
    immutable: true

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
    type: kubernetes.io/tls

Fix

Make a Secret of another name without `immutable` and point its users at that one; then delete the old one.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS344",
    name="immutable-secret",
    severity=Severity.INFO,
    summary="Secret that cannot be renewed, because it is immutable",
    reads=(SECRET,),
    doc=__doc__,
)


def check(dossier: Dossier) -> Iterator[Finding]:
    """At most one."""
    secret = dossier.inspection.secret
    if secret.immutable:
        message = f"{secret.ref} is immutable: the API server refuses every renewal"
        yield RULE.finding(
            secret.metadata, "immutable", message, "make a Secret of another name and point its users at it"
        )
