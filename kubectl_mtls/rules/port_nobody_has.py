"""A PeerAuthentication sets the mode of a port that none of its pods has.

What it checks

Every key of `spec.portLevelMtls` must be the port on which a selected pod listens: one that a container declares, or
one that a Service sends to (its `targetPort`). It is never the Service's own `port`.

Why it matters

The entry changes nothing where it was meant to. The usual slip is to write the port of the Service: clients call
`cart:80`, the pod listens on 8080, and a mode for 80 does nothing, so an exception that keeps a health check alive,
or the STRICT that protects an admin port, is not there. A port that a container uses without declaring it, and that
no Service names, looks the same from outside: then all is well.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      portLevelMtls:
        80: {mode: STRICT}
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
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      portLevelMtls:
        8080: {mode: STRICT}
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

Write the pod's port: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --port 8080 --to MODE`, then remove the entry of
the wrong one.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.remedy import remove_field, switch_mode
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS108",
    name="port-nobody-has",
    severity=Severity.WARNING,
    summary="PeerAuthentication with a mode for a port that its pods lack",
    reads=(PEER_AUTHENTICATION, POD, SERVICE, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such port, where all pods and Services of the namespace were read."""
    with_ports = [policy for policy in view.snapshot.peer_authentications if policy.port_modes and policy.match_labels]
    if not with_ports:
        return
    pods: dict[str, list[Pod]] = defaultdict(list)
    for pod in view.snapshot.pods.values():
        pods[pod.metadata.namespace].append(pod)
    rows: dict[str, list[ServiceRow]] = defaultdict(list)
    for row in view.rows:
        rows[row.key[0]].append(row)
    for policy in with_ports:
        namespace = policy.metadata.namespace
        seen = all(view.sees_all(kind, namespace) for kind in (POD, SERVICE, ENDPOINT_SLICE))
        if seen and namespace not in view.root_namespaces:
            yield from _check_policy(policy, pods[namespace], rows[namespace])


def _check_policy(policy: PeerAuthentication, pods: list[Pod], rows: list[ServiceRow]) -> Iterator[Finding]:
    selected = {pod.key: pod for pod in pods if selects(policy.match_labels, pod.labels)}
    if not selected:
        return
    had = {port.number for pod in selected.values() for port in pod.ports}
    by_service_port: dict[int, tuple[ServiceRow, set[int]]] = {}
    for row in rows:
        reached = {backend.port for backend in row.backends if backend.pod.key in selected}
        had |= reached
        if reached and row.port:
            by_service_port.setdefault(row.port.number, (row, reached))
    for port, mode in policy.port_modes.items():
        if port not in had:
            yield _finding(policy, port, mode, len(selected), by_service_port.get(port))


def _finding(
    policy: PeerAuthentication,
    port: int,
    mode: ServerMode,
    selected: int,
    service: tuple[ServiceRow, set[int]] | None,
) -> Finding:
    metadata = policy.metadata
    message = (
        f"{metadata.ref} sets port {port} to {mode}, which none of {counted(selected, 'pod')} that it selects "
        "has: the entry changes nothing"
    )
    fix = remove_field(metadata, f"spec.portLevelMtls.{port}")
    if service:
        row, reached = service
        message += (
            f"; {port} is the port of {row.service.metadata.ref}, whose pods listen on "
            f"{listed(str(number) for number in sorted(reached))}, and that is the port to name"
        )
        fix = next((switch_mode(metadata, mode, one) for one in sorted(reached - policy.port_modes.keys())), fix)
    return RULE.finding(metadata, f"spec.portLevelMtls.{port}", message, fix)
