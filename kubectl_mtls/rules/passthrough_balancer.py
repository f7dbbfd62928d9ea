"""A DestinationRule's load balancer PASSTHROUGH switches auto mTLS for all endpoints at once.

What it checks

Every connection of a client with a proxy that FAILS because `loadBalancer.simple` of a DestinationRule is PASSTHROUGH,
at the top, for a port or in a subset, and no `tls` block says what to send.

Why it matters

With PASSTHROUGH the proxy takes the address that the application chose, so it no longer knows the endpoints, and one
answer holds for all. One pod without proxy makes it plaintext, which the STRICT ones refuse; where PASSTHROUGH stands
only for a port, istiod does not look at the endpoints at all and sends mutual TLS to those without proxy too.

Example

    apiVersion: v1
    kind: Service
    metadata: {name: plain, namespace: shop}
    spec:
      selector: {app: plain}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ledger, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: ledger, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ledger, image: ledger, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: plain, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: plain, sidecar.istio.io/inject: "false"}
        spec:
          containers: [{name: plain, image: plain, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: plain, namespace: shop}
    spec:
      host: plain
      trafficPolicy:
        portLevelSettings:
        - port: {number: 5432}
          loadBalancer: {simple: PASSTHROUGH}

Better

    apiVersion: v1
    kind: Service
    metadata: {name: plain, namespace: shop}
    spec:
      selector: {app: plain}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ledger, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: ledger, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ledger, image: ledger, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: plain, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: plain, sidecar.istio.io/inject: "false"}
        spec:
          containers: [{name: plain, image: plain, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: plain, namespace: shop}
    spec:
      host: plain
      trafficPolicy:
        portLevelSettings:
        - port: {number: 5432}
          loadBalancer: {simple: LEAST_REQUEST}

Fix

Write LEAST_REQUEST (Istio's default) or leave the field out. Where the application must choose the address itself, give
every pod behind the host a proxy, or write `tls.mode` beside the load balancer.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.blame import Cause
from kubectl_mtls.rules.failing_connections import failures, fault_of, finding
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS208",
    name="passthrough-balancer",
    severity=Severity.ERROR,
    summary="DestinationRule whose PASSTHROUGH load balancer breaks auto mTLS",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every place that says so."""
    for failure in failures(view, Cause.BALANCER):
        what = f"makes one answer hold for all endpoints ({fault_of(failure.connections[0]).value})"
        yield finding(RULE, failure, "loadBalancer PASSTHROUGH", what)
