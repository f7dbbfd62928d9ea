"""A DestinationRule makes clients start TLS of their own towards a server that wants that of the mesh.

What it checks

Every connection of a client with a proxy that a `tls` block with mode SIMPLE or MUTUAL decides and that FAILS at the
server: a sidecar with any mode, which ends the mesh's TLS and no other, or a gateway that demands another certificate.
TCP ports on which the application may speak TLS itself are passed over: no object says whether it does.

Why it matters

SIMPLE and MUTUAL are for servers outside of the mesh. A STRICT sidecar shows a certificate of the mesh's CA, which such
a client does not accept, and wants one in turn; a PERMISSIVE one knows only plaintext and the mesh's own TLS on HTTP
ports. Callers see 503 with UF or UC, and a TLS error in the log of the client's proxy at most.

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
        tls: {mode: SIMPLE}

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

Towards a service of the mesh: `kubectl mtls switch-mode dr/NAME --to ISTIO_MUTUAL`, or remove the `tls` block. Where
the application itself is to end the TLS, keep the sidecar off the port (PeerAuthentication with DISABLE for that port,
and the port named `tls-...`).
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.blame import Cause
from kubectl_mtls.rules.failing_connections import failures, fault_of, finding
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS205",
    name="foreign-tls",
    severity=Severity.ERROR,
    summary="DestinationRule with SIMPLE or MUTUAL TLS that the server does not take",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every block that does it."""
    for failure in failures(view, Cause.OWN_TLS):
        mode = failure.place.block.mode.value if failure.place.block else ""
        what = f"does not come about ({fault_of(failure.connections[0]).value})"
        yield finding(RULE, failure, mode, what)
