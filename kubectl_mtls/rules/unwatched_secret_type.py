"""A Secret of a type that istiod does not watch is named as a credential: for istiod it does not exist.

What it checks

Secrets of type `helm.sh/release.v1` or `kubernetes.io/service-account-token` that a DestinationRule or Gateway names.

Why it matters

istiod leaves these two types out of what it watches, to save memory. Whatever the Secret holds, a proxy that asks for
it gets nothing, and istiod's log says `secret NAMESPACE/NAME not found` although `kubectl get` shows it.

Example

    apiVersion: v1
    kind: Secret
    metadata:
      name: web-cert
      namespace: shop
    type: helm.sh/release.v1
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata:
      name: web
      namespace: shop
    spec:
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: web-cert}

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: web-cert
      namespace: shop
    type: kubernetes.io/tls
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata:
      name: web
      namespace: shop
    spec:
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: web-cert}

Fix

Make a Secret of type `kubernetes.io/tls` or `Opaque` with the same data, under a new name or after deleting the old
one: the type of a Secret cannot be changed.
"""

from collections.abc import Iterator

from kubectl_mtls.certs.layout import UNWATCHED_TYPES
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY, SECRET
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS335",
    name="unwatched-secret-type",
    severity=Severity.ERROR,
    summary="Credential of a Secret type that istiod does not watch",
    reads=(SECRET, DESTINATION_RULE, GATEWAY),
    doc=__doc__,
)


def check(dossier: Dossier) -> Iterator[Finding]:
    """One finding, with everybody who names it as a credential."""
    secret = dossier.inspection.secret
    users = dict.fromkeys(one.user.ref.full for one in dossier.usages if one.field.endswith("redentialName"))
    if secret.type in UNWATCHED_TYPES and users:
        message = f"{secret.ref} is of type {secret.type}, which istiod does not watch: {listed(users)} get nothing"
        yield RULE.finding(
            secret.metadata, "type", message, "make a Secret of type kubernetes.io/tls with the same data"
        )
