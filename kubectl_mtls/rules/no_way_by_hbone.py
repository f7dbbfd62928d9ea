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
from kubectl_mtls.posture.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import clients
from kubectl_mtls.rules.rule import CONNECTIONS, Rule, View
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
    Obstacle.ZTUNNEL: "clients in ambient mode send plaintext, as its sidecars do not listen for HBONE",
    Obstacle.WAYPOINT: "waypoints send plaintext, as its sidecars do not listen for HBONE",
    Obstacle.TO_ZTUNNEL: "sidecars send what ztunnel refuses, as they send no HBONE",
}


def check(view: View) -> Iterator[Finding]:
    """One finding for every Service port and direction."""
    for obstacle, why in _WHY.items():
        found: dict[tuple[str, str, int], list[Failure]] = defaultdict(list)
        for one in view.failures[obstacle]:
            found[one.traffic.row.key].append(one)
        for failures in found.values():
            row = failures[0].traffic.row
            metadata = row.service.metadata
            message = (
                f"{service_ports((row,), metadata.namespace)}: {why}, and the port takes mutual TLS only: "
                f"{clients(failures)} (basis: documentation)"
            )
            fix = "restart the workloads with sidecars under an istiod with PILOT_ENABLE_AMBIENT and ENABLE_HBONE"
            yield RULE.finding(metadata, "spec.ports", message, fix)
