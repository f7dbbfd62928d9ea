"""A Service port of pods with a sidecar refuses mutual TLS: its mode is DISABLE.

What it checks

For every Service port whose pods have a sidecar: the mode that holds there, by port, workload, namespace or mesh, is
DISABLE. Where clients even fail by it, that is an error of its own (MTLS117, MTLS118) and not said here again.

Why it matters

The sidecar passes on what comes in, in plaintext, and clients with a proxy send plaintext because they know the mode.
Nothing is encrypted, nobody knows who calls, and every AuthorizationPolicy that asks for an identity refuses every
caller. DISABLE has its use on a single port whose protocol cannot wait for the client to speak first, or that does
TLS of its own.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: DISABLE}
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

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: PERMISSIVE}
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

Fix

`kubectl mtls switch-mode pa/NAME -n NAMESPACE --to PERMISSIVE`, and STRICT once every client has followed. From
DISABLE to STRICT in one step loses the requests of clients that have not heard of it yet.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.remedy import switch_mode
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS103",
    name="plaintext-only-mode",
    severity=Severity.WARNING,
    summary="Service port of pods with a sidecar that refuses mutual TLS (DISABLE)",
    reads=(PEER_AUTHENTICATION, SERVICE, POD, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)

_ERRORS = (Obstacle.DISABLED_BEHIND_HEADLESS, Obstacle.NO_IDENTITY)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field that says DISABLE to a Service, whatever their number."""
    policies: dict[tuple[Ref, int | None], PeerAuthentication] = {}
    rows: dict[tuple[Ref, int | None], list[ServiceRow]] = defaultdict(list)
    failing = {one.traffic.row.key for obstacle in _ERRORS for one in view.failures[obstacle]}
    for row in view.rows:
        for backend in row.backends if view.covers(row.key[0]) and row.key not in failing else ():
            accepts = backend.accepts
            if isinstance(accepts, Effective) and accepts.mode is ServerMode.DISABLE and accepts.decided_by:
                policy = accepts.decided_by
                port = backend.port if accepts.field == policy.field_of(backend.port) else None
                policies[policy.metadata.ref, port] = policy
                rows[policy.metadata.ref, port].append(row)
    for (ref, port), policy in policies.items():
        message = (
            f"{ref} turns mutual TLS off (DISABLE) for {service_ports(rows[ref, port], ref.namespace)}: "
            "traffic there is plaintext and nobody knows who calls"
        )
        fix = switch_mode(policy.metadata, ServerMode.PERMISSIVE, port)
        yield RULE.finding(policy.metadata, policy.field_of(port), message, fix)
