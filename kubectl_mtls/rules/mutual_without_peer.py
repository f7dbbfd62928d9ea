"""A DestinationRule sends mutual TLS of the mesh to servers that do not speak it.

What it checks

Every connection of a client with a proxy that FAILS because a `tls` block with mode ISTIO_MUTUAL decides it: towards
pods without proxy, ports under DISABLE or kept from the sidecar, hosts outside of the mesh (a rule for `*` covers those
too), and gateways with another kind of TLS.

Why it matters

Auto mTLS asks of every endpoint whether it has a proxy; a rule with ISTIO_MUTUAL does not: it holds for all that its
host covers. A rule for `*.local` reaches the API server and every service that nobody has moved into the mesh yet. They
answer 503 with UF and `WRONG_VERSION_NUMBER` in the log of the client's proxy.

Example

    apiVersion: v1
    kind: Service
    metadata: {name: plain, namespace: shop}
    spec:
      selector: {app: plain}
      ports: [{name: http, port: 80}]
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
    metadata: {name: default, namespace: shop}
    spec:
      host: "*.shop.svc.cluster.local"
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}

Better

    apiVersion: v1
    kind: Service
    metadata: {name: plain, namespace: shop}
    spec:
      selector: {app: plain}
      ports: [{name: http, port: 80}]
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
          labels: {app: plain, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: plain, image: plain, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: default, namespace: shop}
    spec:
      host: "*.shop.svc.cluster.local"
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}

Fix

Remove the `tls` block: auto mTLS sends the same to every server that has a proxy, and plaintext to the others. Or give
the server a proxy, or write a rule with DISABLE for its host alone.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.blame import Cause
from kubectl_mtls.rules.failing_connections import failures, fault_of, finding
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS206",
    name="mutual-without-peer",
    severity=Severity.ERROR,
    summary="DestinationRule with ISTIO_MUTUAL towards servers that do not speak it",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every block that does it."""
    for failure in failures(view, Cause.MESH_TLS):
        block = failure.place.block
        says = block.mode.value if block else ""
        yield finding(RULE, failure, says, f"meets a server without it ({fault_of(failure.connections[0]).value})")
