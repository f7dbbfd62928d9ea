"""cert-manager's HTTP-01 solver takes mutual TLS only, and the certificate authority that asks it has none.

What it checks

Pods with label `acme.cert-manager.io/http01-solver` behind a Service whose mode is STRICT. cert-manager keeps its
solvers out of injection; they have a sidecar where somebody overrides that, and ztunnel captures them like other pods.

Why it matters

The challenge comes from outside, through an ingress. One that has no proxy of the mesh reaches the solver in plaintext
and is reset: the challenge never passes, nobody looks at it, and weeks later the old certificate expires.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cm-acme-http-solver, namespace: shop}
    spec:
      selector: {acme.cert-manager.io/http01-solver: "true"}
      ports: [{port: 8089}]
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cm-acme-http-solver-x
      namespace: shop
      labels: {acme.cert-manager.io/http01-solver: "true", security.istio.io/tlsMode: istio}
    spec:
      containers:
      - {name: acmesolver, image: acmesolver, ports: [{containerPort: 8089}]}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: x}
    spec:
      mtls: {mode: UNSET}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cm-acme-http-solver, namespace: shop}
    spec:
      selector: {acme.cert-manager.io/http01-solver: "true"}
      ports: [{port: 8089}]
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cm-acme-http-solver-x
      namespace: shop
      labels: {acme.cert-manager.io/http01-solver: "true", security.istio.io/tlsMode: istio}
    spec:
      containers:
      - {name: acmesolver, image: acmesolver, ports: [{containerPort: 8089}]}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Fix

A PeerAuthentication with selector `acme.cert-manager.io/http01-solver: "true"` that says PERMISSIVE, or solver pods
without a proxy (`podTemplate` of the Issuer's solver with label `sidecar.istio.io/inject: "false"`). A gateway of the
mesh in front of the solver needs neither.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.posture.server.services import refuses_plaintext
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS124",
    name="solver-under-strict",
    severity=Severity.WARNING,
    summary="Solver of cert-manager's HTTP-01 challenge that takes mutual TLS only",
    reads=(PEER_AUTHENTICATION, SERVICE, POD, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)

_LABEL = "acme.cert-manager.io/http01-solver"


def check(view: View) -> Iterator[Finding]:
    """One finding for every Service of such solvers."""
    for row in view.rows:
        solvers = [one for one in row.backends if _LABEL in one.pod.labels and refuses_plaintext(one.accepts)]
        if solvers and view.covers(row.key[0]):
            message = (
                f"{solvers[0].pod.metadata.ref} answers cert-manager's HTTP-01 challenge and takes mutual TLS only: "
                "an ingress without a proxy of the mesh is reset, and the challenge never passes"
            )
            fix = f'let a PeerAuthentication with selector {_LABEL}: "true" say PERMISSIVE'
            yield RULE.finding(row.service.metadata, "spec.selector", message, fix)
