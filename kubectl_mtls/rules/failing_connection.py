"""Clients with a proxy fail at a Service port, and nothing more special explains it.

What it checks

Connections of clients with a proxy that FAIL, although no DestinationRule decides them and none of the rules about
single causes speaks of them: where what clients take for granted about a server does not hold, where a client's proxy
presents files of its own (ISTIO_META_TLS_CLIENT_CERT_CHAIN), where gRPC without proxy sends plaintext, and, as a note,
at gateways that have no server on a port or take something else there (who calls a gateway from inside the mesh may do
TLS of its own).

Why it matters

`kubectl mtls status` says FAILS there. A failing connection always has a finding, so that a pipeline that asks `check`
sees it too.

Example

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: ingress}
      servers:
      - port: {number: 8000, name: http, protocol: HTTP}
        hosts: ["*"]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: ingress, namespace: shop}
    spec:
      selector: {app: ingress}
      ports: [{name: http, port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ingress, namespace: shop}
    spec:
      template:
        metadata:
          annotations: {inject.istio.io/templates: gateway}
          labels: {app: ingress, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ingress, image: ingress, ports: [{containerPort: 8080}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Better

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: ingress}
      servers:
      - port: {number: 80, name: http, protocol: HTTP}
        hosts: ["*"]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: ingress, namespace: shop}
    spec:
      selector: {app: ingress}
      ports: [{name: http, port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ingress, namespace: shop}
    spec:
      template:
        metadata:
          annotations: {inject.istio.io/templates: gateway}
          labels: {app: ingress, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ingress, image: ingress, ports: [{containerPort: 8080}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Fix

`kubectl mtls explain any svc/NAME -n NAMESPACE` says decision by decision what is sent and what is accepted.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import clients
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS123",
    name="failing-connection",
    severity=Severity.ERROR,
    summary="Service port at which clients with a proxy fail",
    reads=CONNECTIONS,
    doc=__doc__,
)

_SEVERITY = {
    Obstacle.OTHER: Severity.ERROR,
    Obstacle.OWN_FILES: Severity.ERROR,
    Obstacle.PROXYLESS: Severity.ERROR,
    Obstacle.GATEWAY: Severity.INFO,
    Obstacle.NOTHING_LISTENS: Severity.INFO,
}


def check(view: View) -> Iterator[Finding]:
    """One finding for every Service port and obstacle."""
    for obstacle, severity in _SEVERITY.items():
        found: dict[tuple[str, str, int], list[Failure]] = defaultdict(list)
        for one in view.failures[obstacle]:
            found[one.traffic.row.key].append(one)
        for failures in found.values():
            row = failures[0].traffic.row
            metadata = row.service.metadata
            message = f"{metadata.ref}: at port {row.key[2]} {clients(failures)}, because {obstacle}"
            fix = f"kubectl mtls explain any svc/{metadata.name}:{row.key[2]} -n {metadata.namespace}"
            yield RULE.finding(metadata, "spec.ports", message, fix, severity=severity)
