"""An AuthorizationPolicy asks for an identity where mutual TLS is off, so every caller is refused.

What it checks

Service ports whose mode is DISABLE while an AuthorizationPolicy lets in only callers with an identity (`principals`,
`namespaces`, `serviceAccounts`), or denies those without one, and clients with a proxy are refused because of it.

Why it matters

An identity comes with the client's certificate, and under DISABLE there is no certificate. The rule that was to let in
one caller lets in nobody: HTTP callers get 403, TCP connections are closed.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: DISABLE}
    ---
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: cart, namespace: shop}
    spec:
      rules:
      - from:
        - source:
            principals: [cluster.local/ns/shop/sa/web]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{name: http, port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: cart, namespace: shop}
    spec:
      rules:
      - from:
        - source:
            principals: [cluster.local/ns/shop/sa/web]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{name: http, port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Fix

`kubectl mtls switch-mode pa/NAME -n NAMESPACE --to PERMISSIVE`: clients with a proxy then bring their identity. Where
the port must stay DISABLE, take the condition out of the AuthorizationPolicy, which then lets everybody in.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.disabling import by_field
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed, service_ports

RULE = Rule(
    code="MTLS118",
    name="identity-nobody-has",
    severity=Severity.ERROR,
    summary="AuthorizationPolicy that asks for an identity where mutual TLS is off (DISABLE)",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field that says DISABLE."""
    for one in by_field(view.failures[Obstacle.NO_IDENTITY]):
        metadata = one.policy.metadata
        message = (
            f"{metadata.ref} says DISABLE to {service_ports(rows_of(one.failures), metadata.namespace)}, where "
            f"{_asking(one.failures, metadata.namespace)} asks for an identity that nobody has without mutual TLS: "
            f"{clients(one.failures)}"
        )
        yield RULE.finding(metadata, one.field, message, one.fix)


def _asking(failures: list[Failure], namespace: str) -> str:
    refusals = [one.result.refusal for one in failures if one.result and one.result.refusal]
    return listed(refusal.policy.metadata.ref.seen_from(namespace) for refusal in refusals)
