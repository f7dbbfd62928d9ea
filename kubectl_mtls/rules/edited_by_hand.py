"""Somebody wrote into a Secret that a controller keeps: it will be put back.

What it checks

Secrets of cert-manager and External Secrets whose data was last written by somebody else, by managedFields.

Why it matters

cert-manager sets a pair that does not fit its Certificate right within a second, External Secrets at its next refresh;
only a changed `ca.crt` stays until the next renewal. What was meant as a rotation is undone when nobody looks.

Example

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
      annotations:
        cert-manager.io/certificate-name: partner
      managedFields:
        - manager: kubectl-edit
          operation: Update
          time: "2026-07-01T00:00:00Z"
          fieldsV1: {"f:data": {"f:ca.crt": {}}}
    type: kubernetes.io/tls

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
      annotations:
        cert-manager.io/certificate-name: partner
      managedFields:
        - manager: cert-manager-certificates-issuing
          operation: Apply
          time: "2026-07-01T00:00:00Z"
          fieldsV1: {"f:data": {"f:ca.crt": {}}}
    type: kubernetes.io/tls

Fix

Change it where it comes from: the Certificate (`rotate` asks cert-manager for a renewal) or the store.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.managers import CERT_MANAGER, EXTERNAL_SECRETS
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS346",
    name="edited-by-hand",
    severity=Severity.INFO,
    summary="Secret of a controller that somebody else wrote last: it will be put back",
    reads=(SECRET,),
    doc=__doc__,
)

_WRITERS = {CERT_MANAGER: "cert-manager", EXTERNAL_SECRETS: "external"}


def check(dossier: Dossier) -> Iterator[Finding]:
    """At most one."""
    ownership, secret = dossier.ownership, dossier.inspection.secret
    manager, written = ownership.manager, ownership.written
    own = _WRITERS.get(manager.name) if manager else None
    if manager and written and own and not written.by.startswith(own):
        message = f"{secret.ref} was last written by {written.by}, but {manager.name} keeps it and will put it back"
        yield RULE.finding(
            secret.metadata, "data", message, f"change it at its source: {ownership.source or manager.sign}"
        )
