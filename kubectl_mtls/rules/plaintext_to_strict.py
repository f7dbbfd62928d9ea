"""A DestinationRule makes clients send plaintext to a server that refuses it.

What it checks

Every connection of a client with a proxy to a Service or ServiceEntry of the mesh that a DestinationRule's mode DISABLE
(also a `tls` block without mode, which means DISABLE) decides, and that the server refuses: a STRICT sidecar, a STRICT
ambient pod, a gateway's TLS port, or an AuthorizationPolicy that demands an identity. One finding for each block.

Why it matters

A server's STRICT says nothing to clients that a rule tells to send plaintext: they do, and the server's proxy closes
the connection. Over HTTP callers see 503 with Envoy's flag UC, over TCP `connection reset by peer`; nothing in the
cluster's events says why.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: shop}
    spec:
      selector: {app: ledger}
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
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: DISABLE}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: shop}
    spec:
      selector: {app: ledger}
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
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}

Fix

Let the clients send mutual TLS of the mesh: `kubectl mtls switch-mode dr/NAME --to ISTIO_MUTUAL`, or remove the `tls`
block, and auto mTLS does it wherever the server has a proxy. Only where plaintext is wanted, let it in at the server.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.failure.blame import Cause
from kubectl_mtls.rules.failing_connections import failures, fault_of, finding
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS203",
    name="plaintext-to-strict",
    severity=Severity.ERROR,
    summary="DestinationRule that sends plaintext to a server that refuses it",
    reads=CONNECTIONS,
    doc=__doc__,
)

_WHAT = {
    Fault.PLAINTEXT_REFUSED: "sends plaintext to a STRICT server",
    Fault.AMBIENT_POLICY: "sends plaintext to a STRICT server",
    Fault.IDENTITY_REQUIRED: "sends plaintext, without the identity that an AuthorizationPolicy demands",
}


def check(view: View) -> Iterator[Finding]:
    """One finding for every block that says so."""
    for failure in failures(view, Cause.PLAINTEXT):
        fault = fault_of(failure.connections[0])
        yield finding(RULE, failure, "DISABLE", _WHAT.get(fault, f"sends plaintext: {fault.value}"))
