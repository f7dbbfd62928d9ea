"""A Gateway names a certificate of another namespace that does not allow it.

What it checks

`certificateRefs` of Gateways of the Gateway API (those that Istio serves) to Secrets of other namespaces, against the
ReferenceGrants there.

Why it matters

Without a grant istiod refuses the reference. A listener that has no other certificate is left out: connections to its
port are refused, and the only word about it is a condition in the Gateway's status (`ResolvedRefs: False`,
`RefNotPermitted`).

Example

    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      gatewayClassName: istio
      listeners:
        - name: https
          port: 443
          protocol: HTTPS
          hostname: web.shop.example
          tls:
            mode: Terminate
            certificateRefs: [{name: web-cert, namespace: certs}]

Better

    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      gatewayClassName: istio
      listeners:
        - name: https
          port: 443
          protocol: HTTPS
          hostname: web.shop.example
          tls:
            mode: Terminate
            certificateRefs: [{name: web-cert, namespace: certs}]
    ---
    apiVersion: gateway.networking.k8s.io/v1beta1
    kind: ReferenceGrant
    metadata: {name: gateways, namespace: certs}
    spec:
      from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: shop}]
      to: [{group: "", kind: Secret, name: web-cert}]

Fix

Let the owner of the Secret's namespace create a ReferenceGrant for Gateways of this namespace, or put a certificate
into the Gateway's own namespace.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import GATEWAY_CLASS, KUBERNETES_GATEWAY, REFERENCE_GRANT
from kubectl_mtls.posture.connection.gateways import EAST_WEST, INGRESS, controller_of
from kubectl_mtls.posture.connection.listener_tls import is_allowed
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS608",
    name="reference-without-grant",
    severity=Severity.ERROR,
    summary="Gateway that names a Secret of a namespace that does not allow it",
    reads=(KUBERNETES_GATEWAY, GATEWAY_CLASS, REFERENCE_GRANT),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such reference, where all grants of the Secret's namespace were read."""
    snapshot = view.snapshot
    for gateway in snapshot.kubernetes_gateways:
        metadata = gateway.metadata
        if not view.concerns(metadata.namespace) or controller_of(snapshot, gateway) not in (INGRESS, EAST_WEST):
            continue
        for listener in gateway.listeners:
            for index, one in enumerate(listener.tls.references if listener.tls else ()):
                elsewhere = one.kind == "Secret" and one.namespace not in ("", metadata.namespace)
                hidden = snapshot.gap_hiding(REFERENCE_GRANT, one.namespace)
                if elsewhere and not hidden and not is_allowed(snapshot.reference_grants, gateway, one, ("Secret",)):
                    message = (
                        f"{metadata.ref} names secret/{one.name} -n {one.namespace} for listener {listener.name}, and "
                        "no ReferenceGrant there allows it: istiod refuses the reference"
                    )
                    fix = f"create a ReferenceGrant in namespace {one.namespace} for Gateways of {metadata.namespace}"
                    yield RULE.finding(metadata, f"{listener.field}.tls.certificateRefs.{index}", message, fix)
