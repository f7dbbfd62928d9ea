"""An object names a Secret that its proxies never look for: they look in their own namespace.

What it checks

Secrets that a Gateway or an Ingress beside them names while the gateway's pods run in another namespace, and Secrets
that a DestinationRule or Gateway names as `kubernetes://NAMESPACE/NAME` for proxies of another namespace.

Why it matters

istiod gives a proxy only Secrets of the proxy's own namespace. The namespace of the object that names it does not
matter, and nothing but a line in istiod's log says that the Secret was not found: the listener stays without a
certificate and connections are reset. A Secret of the same name in the right namespace may be an old copy.

Example

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
      selector:
        istio: ingress
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: web-cert}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: ingress-0
      namespace: istio-ingress
      labels: {istio: ingress}
    spec:
      containers:
        - name: istio-proxy
          image: proxyv2
          args: [proxy, router]

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: web-cert
      namespace: istio-ingress
    type: kubernetes.io/tls
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata:
      name: web
      namespace: shop
    spec:
      selector:
        istio: ingress
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: web-cert}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: ingress-0
      namespace: istio-ingress
      labels: {istio: ingress}
    spec:
      containers:
        - name: istio-proxy
          image: proxyv2
          args: [proxy, router]

Fix

Put the Secret into the namespace of the proxies (with cert-manager: put the Certificate there), or run the gateway
beside the Secret. With the Gateway API a ReferenceGrant allows the other namespace.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY, INGRESS, POD, SECRET
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS333",
    name="secret-in-other-namespace",
    severity=Severity.ERROR,
    summary="Secret that is named by an object whose proxies look in another namespace",
    reads=(SECRET, DESTINATION_RULE, GATEWAY, INGRESS, POD),
    doc=__doc__,
)


def check(dossier: Dossier) -> Iterator[Finding]:
    """One finding for each place that means the Secret in vain."""
    secret = dossier.inspection.secret
    for one in dossier.misplaced:
        where = listed(f"namespace {name}" for name in one.looked_up_in)
        message = (
            f"{secret.ref} is named by {one.user.ref.full} ({one.field}), but istiod looks for it where the proxies "
            f"run: in {where}"
        )
        fix = f"put a Secret {secret.ref.name} into {where}"
        yield RULE.finding(secret.metadata, "metadata.namespace", message, fix)
