"""Between ambient mode and sidecars one side has no HBONE, so what is sent is refused.

What it checks

Servers that are STRICT, where clients in ambient mode or waypoints send plaintext because the server's sidecar does
not listen for HBONE, or where the client's sidecar sends no HBONE to a pod that ztunnel has captured. Told by Istio's
documentation and code, not compared with a running ztunnel.

Why it matters

Ambient mode knows one form of mutual TLS: HBONE. Sidecars have another by default, so at the border between both,
traffic is plaintext. PERMISSIVE servers let it in, STRICT ones refuse it.

Example

    apiVersion: v1
    kind: Namespace
    metadata: {name: front, labels: {istio.io/dataplane-mode: ambient}}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
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
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: front}
    spec:
      template:
        metadata:
          labels: {app: web}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Better

    apiVersion: v1
    kind: Namespace
    metadata: {name: front, labels: {istio.io/dataplane-mode: ambient}}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true", networking.istio.io/tunnel: http}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: front}
    spec:
      template:
        metadata:
          labels: {app: web}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Fix

Install istiod with the ambient profile (`PILOT_ENABLE_AMBIENT=true`, and `ISTIO_META_ENABLE_HBONE=true` in
`meshConfig.defaultConfig.proxyMetadata`) and restart the workloads with sidecars: they then listen for HBONE and send
it.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import NAMESPACE
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS513",
    name="no-way-by-hbone",
    severity=Severity.WARNING,
    summary="Ambient mode and sidecars that reach each other in plaintext only, which is refused",
    reads=CONNECTIONS,
    doc=__doc__,
)

_WHY = {
    Obstacle.ZTUNNEL: "clients in ambient mode send plaintext, as the sidecars there do not listen for HBONE",
    Obstacle.WAYPOINT: "waypoints send plaintext, as the sidecars there do not listen for HBONE",
    Obstacle.TO_ZTUNNEL: "sidecars send what ztunnel refuses, as they send no HBONE",
}

_FIX = "restart the workloads with sidecars under an istiod with PILOT_ENABLE_AMBIENT and ENABLE_HBONE"


def check(view: View) -> Iterator[Finding]:
    """One finding for every namespace of servers and direction."""
    for obstacle, why in _WHY.items():
        found: dict[str, list[Failure]] = defaultdict(list)
        for one in view.failures[obstacle]:
            found[one.traffic.row.key[0]].append(one)
        for name, failures in found.items():
            namespace = view.snapshot.namespaces.get(name)
            ref = Ref(NAMESPACE, "", name)
            message = (
                f"{ref}: mutual TLS only at {service_ports(rows_of(failures), name)}, but {why}: "
                f"{clients(failures)} (basis: documentation)"
            )
            yield RULE.finding(namespace.metadata if namespace else None, "metadata.labels", message, _FIX, ref=ref)
