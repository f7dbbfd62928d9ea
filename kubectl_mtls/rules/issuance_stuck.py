"""cert-manager should renew the certificate and cannot.

What it checks

The Certificate that the Secret's annotations name, its issuer, and, when a renewal is due, its CertificateRequest with
the ACME orders and challenges: what stands in the way is seldom said on the Certificate itself.

Why it matters

The certificate in the Secret goes on working until it ends, so that nothing is felt for weeks. Then every connection
that needs it fails at once.

Example

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
      annotations:
        cert-manager.io/certificate-name: partner
    type: kubernetes.io/tls
    ---
    apiVersion: cert-manager.io/v1
    kind: Certificate
    metadata:
      name: partner
      namespace: shop
    spec:
      secretName: partner-cert
      issuerRef: {name: partner-ca, kind: Issuer}
    status:
      revision: 7
      conditions:
        - {type: Ready, status: "True", reason: Ready}
        - {type: Issuing, status: "False", reason: Failed, message: the request has failed}

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
      annotations:
        cert-manager.io/certificate-name: partner
    type: kubernetes.io/tls
    ---
    apiVersion: cert-manager.io/v1
    kind: Certificate
    metadata:
      name: partner
      namespace: shop
    spec:
      secretName: partner-cert
      issuerRef: {name: partner-ca, kind: Issuer}
    status:
      revision: 7
      conditions:
        - {type: Ready, status: "True", reason: Ready}

Fix

As the message says: make the issuer ready, approve the request, let the challenge pass, or start cert-manager's
controllers. A request that was denied is best deleted, so that the next attempt makes a new one.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CHALLENGE,
    CLUSTER_ISSUER,
    ISSUER,
    ORDER,
    SECRET,
)
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.posture.credential.issuance import Obstacle
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS345",
    name="issuance-stuck",
    severity=Severity.WARNING,
    summary="cert-manager cannot renew the certificate",
    reads=(SECRET, CERTIFICATE, CERTIFICATE_REQUEST, ISSUER, CLUSTER_ISSUER, ORDER, CHALLENGE),
    doc=__doc__,
)

_WORDS = {
    Obstacle.NO_CERTIFICATE: "is not there any more, so nobody renews it",
    Obstacle.NO_ISSUER: "is not there, and it should sign it",
    Obstacle.ISSUER_NOT_READY: "should sign it and is not ready",
    Obstacle.NOT_APPROVED: "waits for its approval",
    Obstacle.DENIED: "was denied",
    Obstacle.FAILED: "has failed",
    Obstacle.PENDING: "waits for the issuer",
    Obstacle.CHALLENGE: "is not met",
    Obstacle.KEY_KEPT: "keeps a private key (rotationPolicy Never) that does not fit it any more",
    Obstacle.NOT_PICKED_UP: "waits, and nothing happens: cert-manager's controllers may be down",
}
_FIXES = {
    Obstacle.DENIED: "kubectl delete {object}",
    Obstacle.KEY_KEPT: "set spec.privateKey.rotationPolicy to Always",
    Obstacle.NOT_PICKED_UP: "kubectl get deployments -A -l app.kubernetes.io/instance=cert-manager",
}


def check(dossier: Dossier) -> Iterator[Finding]:
    """At most one, about the Secret, which is what ends."""
    stuck, secret = dossier.ownership.stuck, dossier.inspection.secret
    if stuck is None:
        return
    words = f" ({stuck.words})" if stuck.words else ""
    message = f"{secret.ref} is not renewed: {stuck.shown_by} {_WORDS[stuck.obstacle]}{words}"
    fix = _FIXES.get(stuck.obstacle, "kubectl describe {object}").format(object=stuck.shown_by.full)
    yield RULE.finding(secret.metadata, "", message, fix)
