"""A client goes past its proxy to a port on which Services take mutual TLS only.

What it checks

Workloads whose annotations (`traffic.sidecar.istio.io/excludeOutboundPorts`, `excludeOutboundIPRanges` or
`includeOutboundIPRanges`) keep a Service from their proxy that is STRICT, or of which an AuthorizationPolicy asks for
an identity. It is a note: the annotation is usually meant for a host outside of the mesh.

Why it matters

What goes past the proxy is plaintext without identity. The Service resets the connection, and no proxy of the client
logs anything, since none has seen it.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: db, namespace: shop}
    spec:
      selector: {app: db}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: db, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: db, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      template:
        metadata:
          annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: "5432"}
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: db, namespace: shop}
    spec:
      selector: {app: db}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: db, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: db, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]
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

Take the port or address out of the annotation of the client's pod template; keep addresses outside of the mesh from the
proxy by `excludeOutboundIPRanges`.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.outbound_capture import EXCLUDED_PORTS, EXCLUDED_RANGES, INCLUDED_RANGES
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.client.client_class import Classifier, ClientClass
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS512",
    name="uncaptured-client",
    severity=Severity.INFO,
    summary="Client that goes past its proxy to a port with mutual TLS only",
    reads=CONNECTIONS,
    doc=__doc__,
)

_FIX = {
    EXCLUDED_PORTS: "take the port out of",
    EXCLUDED_RANGES: "take its address out of",
    INCLUDED_RANGES: "put its address into",
}


def check(view: View) -> Iterator[Finding]:
    """One finding for every client workload."""
    by_class: dict[ClientClass, list[Failure]] = defaultdict(list)
    for one in view.failures[Obstacle.UNCAPTURED]:
        for client in one.callers.classes:
            by_class[client].append(one)
    if not by_class:
        return
    clients: dict[Ref, tuple[Pod, ClientClass]] = {}
    classify = Classifier(view.connections.outbound).of
    for pod in view.snapshot.pods.values():
        if view.covers(pod.metadata.namespace) and (client := classify(pod)) in by_class:
            clients.setdefault(workload_ref(pod), (pod, client))
    for ref, (pod, client) in clients.items():
        connection = by_class[client][0].connection
        annotation = view.connections.missed_by(client, connection.host, connection.port) or EXCLUDED_PORTS
        message = (
            f"{ref} goes past its proxy to {service_ports(rows_of(by_class[client]), ref.namespace)}, where "
            "plaintext is refused: a call would be reset"
        )
        fix = f"{_FIX[annotation]} the annotation {annotation} of {ref}'s pod template"
        yield RULE.finding(pod.metadata, f"metadata.annotations.{annotation}", message, fix, ref=ref)
