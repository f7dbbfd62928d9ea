"""cert-manager renews the certificate almost as soon as it has it.

What it checks

Certificates of cert-manager whose `renewBefore` leaves less than a tenth of the certificate's life before its renewal.
The life is that of the certificate in the Secret, since issuers shorten what they are asked for; without one it is
`spec.duration` (90 days when unsaid).

Why it matters

Renewals follow each other in a loop: every proxy gets a new certificate all the time, and a CA with limits (ACME)
soon refuses. A `renewBefore` that is longer than the certificate lives is ignored: cert-manager then renews after two
thirds.

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
      duration: 24h
      renewBefore: 23h30m
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
      duration: 24h
      renewBefore: 8h
    status:
      conditions:
        - {type: Ready, status: "True", reason: Ready}

Fix

Leave `renewBefore` out (a third of the life is then left), or make it a third of what the issuer really gives.
"""

from collections.abc import Iterator
from datetime import timedelta

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import CERTIFICATE, SECRET
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS338",
    name="renewal-near-duration",
    severity=Severity.WARNING,
    summary="renewBefore is almost the whole life of the certificate: renewals in a loop",
    reads=(SECRET, CERTIFICATE),
    doc=__doc__,
)

_DEFAULT = timedelta(days=90)


def check(dossier: Dossier) -> Iterator[Finding]:
    """At most one, about the Certificate."""
    certificate = dossier.ownership.certificate
    if certificate is None or certificate.renew_before is None:
        return
    life = _life(dossier) or certificate.duration or _DEFAULT
    if life * 0.9 < certificate.renew_before < life:
        message = (
            f"{certificate.metadata.ref} renews {_hours(certificate.renew_before)} before the end of a certificate "
            f"that lives {_hours(life)}: renewals follow each other in a loop"
        )
        yield RULE.finding(certificate.metadata, "spec.renewBefore", message, "leave spec.renewBefore out")


def _life(dossier: Dossier) -> timedelta | None:
    leaf = next(iter(dossier.inspection.chain.presented), None)
    return leaf.not_after - leaf.not_before if leaf else None


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g}h"
