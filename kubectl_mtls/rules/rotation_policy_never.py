"""cert-manager renews the certificate and keeps the private key for ever.

What it checks

Certificates of cert-manager with `spec.privateKey.rotationPolicy: Never` whose Secret is looked at.

Why it matters

A renewal then gives a new certificate to the old key. Whoever once copied the key can use every certificate that
follows, so that renewing heals no leak; and a key that a new policy of the issuer refuses (too short) stops all
renewals. It was the default before cert-manager 1.18.

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
      privateKey: {rotationPolicy: Never}
    status:
      conditions:
        - {type: Ready, status: "True", reason: Ready}

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
      privateKey: {rotationPolicy: Always}
    status:
      conditions:
        - {type: Ready, status: "True", reason: Ready}

Fix

Set `spec.privateKey.rotationPolicy: Always`; the next renewal makes a new key. Ask first whether a partner has pinned
the old one.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import CERTIFICATE, SECRET
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS337",
    name="rotation-policy-never",
    severity=Severity.WARNING,
    summary="cert-manager renews the certificate but never its private key",
    reads=(SECRET, CERTIFICATE),
    doc=__doc__,
)


def check(dossier: Dossier) -> Iterator[Finding]:
    """At most one, about the Certificate."""
    certificate = dossier.ownership.certificate
    if certificate and certificate.rotation == "Never":
        message = f"{certificate.metadata.ref} keeps the private key of {dossier.inspection.ref} at every renewal"
        fix = "set spec.privateKey.rotationPolicy to Always: the next renewal makes a new key"
        yield RULE.finding(certificate.metadata, "spec.privateKey.rotationPolicy", message, fix)
