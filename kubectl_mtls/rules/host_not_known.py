"""Proxies of a namespace do not know a Service that takes mutual TLS only, so a call to it would be refused.

What it checks

Services that are STRICT (or of which an AuthorizationPolicy asks for an identity) and that clients with a proxy do not
know, because a Sidecar does not import them or the Service is not exported to their namespace. One finding for each
namespace of clients. It is a note: most clients that do not know a Service never call it.

Why it matters

What a proxy does not know it passes through as it came, in plaintext, without asking what the server accepts: the
server resets the connection. With outboundTrafficPolicy REGISTRY_ONLY the client's own proxy blocks it. Both look like
a fault of the server.

Example

    apiVersion: networking.istio.io/v1
    kind: Sidecar
    metadata: {name: default, namespace: front}
    spec:
      egress:
      - hosts: ["./*"]
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
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Better

    apiVersion: networking.istio.io/v1
    kind: Sidecar
    metadata: {name: default, namespace: front}
    spec:
      egress:
      - hosts: ["./*", "shop/*"]
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
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Fix

Where the client does call the Service, add it to `spec.egress.hosts` of the client's Sidecar (`NAMESPACE/HOST`), or
the client's namespace to `networking.istio.io/exportTo` of the Service.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS122",
    name="host-not-known",
    severity=Severity.INFO,
    summary="Service with mutual TLS only that proxies of a namespace do not know",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every namespace of clients and the Sidecar that they live by."""
    found: dict[tuple[str, Ref | None], tuple[Metadata | None, list[Failure]]] = {}
    sidecars: dict[ClientClass, Metadata | None] = {}
    for one in view.failures[Obstacle.NOT_KNOWN]:
        for client in one.callers.classes:
            if view.covers(client.namespace):
                if client not in sidecars:
                    sidecars[client] = _sidecar(view, client)
                sidecar = sidecars[client]
                key = (client.namespace, sidecar.ref if sidecar else None)
                found.setdefault(key, (sidecar, []))[1].append(one)
    for (namespace, _), (sidecar, failures) in found.items():
        rows = rows_of(failures)
        metadata = sidecar or rows[0].service.metadata
        field = "spec.egress" if sidecar else "metadata.annotations.networking.istio.io/exportTo"
        why = f"{sidecar.ref} does not import them" if sidecar else "they are not exported to it"
        message = (
            f"clients of namespace {namespace} do not know {service_ports(rows, namespace)} ({why}): a call would go "
            "out as plaintext or be blocked, and fail"
        )
        yield RULE.finding(metadata, field, message, "import what these clients call, if they call it")


def _sidecar(view: View, client: ClientClass) -> Metadata | None:
    outbound = view.connections.outbound
    scope = outbound.scope(client.settings, client.namespace, client.label_map, gateway=client.is_gateway)
    return scope.sidecar.metadata if scope.sidecar else None
