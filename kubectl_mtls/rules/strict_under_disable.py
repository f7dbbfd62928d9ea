"""A workload is STRICT below a namespace or mesh that is DISABLE, so clients send it plaintext, which it refuses.

What it checks

Service ports where a policy of the workload or of its port says STRICT (or PERMISSIVE, and an AuthorizationPolicy asks
for an identity), while the policy of the namespace (or, where that says nothing, of the mesh) says DISABLE, and
clients with a proxy fail because of it. Clients whose DestinationRule says ISTIO_MUTUAL are not meant: they do not ask
the policies.

Why it matters

Whether mutual TLS is possible at all, clients decide by the policies of namespace and mesh alone. What a workload's own
policy or a port says comes later, and after DISABLE it is not looked at any more: all clients send plaintext, and the
one workload that was to be protected resets every connection.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: DISABLE}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
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

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: PERMISSIVE}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
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

Fix

`kubectl mtls switch-mode pa/default -n NAMESPACE --to PERMISSIVE`: the other workloads then accept both. Where the
namespace must stay DISABLE, a DestinationRule with ISTIO_MUTUAL for this Service makes its clients send mutual TLS.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.remedy import switch_mode
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS115",
    name="strict-under-disable",
    severity=Severity.ERROR,
    summary="Workload that is STRICT in a namespace or mesh that is DISABLE",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every policy that closes the gate."""
    found: dict[Ref, tuple[PeerAuthentication, list[Failure]]] = {}
    for one in view.failures[Obstacle.PARENT_DISABLED]:
        policy = _closing(one)
        if policy is not None:
            found.setdefault(policy.metadata.ref, (policy, []))[1].append(one)
    for policy, failures in found.values():
        metadata = policy.metadata
        ports = service_ports(rows_of(failures), metadata.namespace)
        message = (
            f"{metadata.ref} says DISABLE, so clients send plaintext to {ports}, "
            f"where nearer policies want mutual TLS: {clients(failures)}"
        )
        fix = switch_mode(metadata, ServerMode.PERMISSIVE)
        yield RULE.finding(metadata, policy.field_of(None), message, fix)


def _closing(failure: Failure) -> PeerAuthentication | None:
    cluster = failure.connection.cluster
    return cluster.gate.policy if cluster and cluster.gate else None
