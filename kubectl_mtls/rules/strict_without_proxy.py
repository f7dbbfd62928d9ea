"""A policy says STRICT to pods that have no proxy, so it holds for nobody there.

What it checks

Service ports behind which no pod has a proxy, while a PeerAuthentication of their own namespace says STRICT to these
pods: pods in the host's network, which never get one, pods that opt out, and namespaces that ask for none. Mesh-wide
policies are not meant (they speak to all namespaces, in the mesh or not), nor pods that should have a proxy (MTLS501).

Why it matters

PeerAuthentication is enforced by the proxy. Without one the policy is a wish: the port is open to everybody, in
plaintext, while the namespace reads as locked.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: metrics, namespace: shop}
    spec:
      selector: {app: metrics}
      ports: [{port: 9100}]
    ---
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: metrics, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: metrics, sidecar.istio.io/inject: "true"}
        spec:
          hostNetwork: true
          containers: [{name: metrics, image: metrics, ports: [{containerPort: 9100}]}]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: metrics, namespace: shop}
    spec:
      selector: {app: metrics}
      ports: [{port: 9100}]
    ---
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: metrics, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: metrics, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: metrics, image: metrics, ports: [{containerPort: 9100}]}]

Fix

Give the pods a proxy, out of the host's network. Where they cannot have one, keep others away by a NetworkPolicy, and
let a PeerAuthentication with their labels say DISABLE, so that every answer shows what is so.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, NAMESPACE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.accepts import NoProxy
from kubectl_mtls.posture.server.injection import resolve_wish
from kubectl_mtls.posture.server.server import Policies
from kubectl_mtls.posture.server.services import Backend, ServiceRow
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS506",
    name="strict-without-proxy",
    severity=Severity.WARNING,
    summary="STRICT said to pods that have no proxy to enforce it",
    reads=(PEER_AUTHENTICATION, SERVICE, POD, NAMESPACE, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload of such pods."""
    policies = Policies(view.snapshot)
    found: dict[Ref, list[ServiceRow]] = defaultdict(list)
    deciders: dict[Ref, tuple[Pod, PeerAuthentication]] = {}
    for row in view.rows:
        if not view.covers(row.key[0]) or view.snapshot.gap_hiding(NAMESPACE, "", row.key[0]):
            continue
        if any(one.accepts != NoProxy() for one in row.backends):
            continue
        for backend in row.backends:
            policy = _strict_in_vain(view, policies, backend)
            if policy is not None:
                ref = workload_ref(backend.pod)
                deciders.setdefault(ref, (backend.pod, policy))
                if row not in found[ref]:
                    found[ref].append(row)
    for ref, (pod, policy) in deciders.items():
        why = "is in the host's network and " if pod.host_network else ""
        message = (
            f"{ref} {why}has no proxy, so STRICT of {policy.metadata.ref} is not enforced: "
            f"{service_ports(found[ref], ref.namespace)} is open to everybody, in plaintext"
        )
        fix = "give the pods a proxy, or keep others away by a NetworkPolicy"
        yield RULE.finding(pod.metadata, "spec.hostNetwork" if pod.host_network else "", message, fix, ref=ref)


def _strict_in_vain(view: View, policies: Policies, backend: Backend) -> PeerAuthentication | None:
    """The policy of the pod's own namespace that says STRICT to it."""
    pod = backend.pod
    if resolve_wish(pod, view.snapshot.namespaces.get(pod.metadata.namespace)):
        return None
    effective = policies.effective(pod, backend.port)
    policy = effective.decided_by
    own = policy is not None and policy.metadata.namespace == pod.metadata.namespace
    return policy if own and effective.mode is ServerMode.STRICT else None
