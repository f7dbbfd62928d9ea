"""A PeerAuthentication in the root namespace has a selector, so istiod ignores it.

What it checks

A PeerAuthentication with labels in `spec.selector.matchLabels` in the root namespace of the mesh (MeshConfig
`rootNamespace`, usually istio-system).

Why it matters

For AuthorizationPolicies such an object holds for matching workloads of every namespace, and Istio's documentation
reads as if it did here. It does not: istiod uses a PeerAuthentication's selector only outside the root namespace, and
the object counts nowhere, not even in the root namespace itself. The API server accepts it without a word.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: payments, namespace: istio-system}
    spec:
      selector:
        matchLabels: {tier: payments}
      mtls: {mode: STRICT}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: payments, namespace: shop}
    spec:
      selector:
        matchLabels: {tier: payments}
      mtls: {mode: STRICT}

Fix

Create the policy in every namespace whose workloads it means, then delete this one: `kubectl delete
peerauthentication NAME -n istio-system` changes nothing any more.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.posture.server.server import Policies
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS106",
    name="selector-in-root-namespace",
    severity=Severity.WARNING,
    summary="PeerAuthentication with a selector in the root namespace: ignored",
    reads=(PEER_AUTHENTICATION, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such policy that no workload of another revision, with another root namespace, uses."""
    suspects = [
        policy
        for policy in view.snapshot.peer_authentications
        if policy.match_labels and policy.metadata.namespace in view.root_namespaces
    ]
    if not suspects:
        return
    policies = Policies(view.snapshot)
    namespaces = {policy.metadata.namespace for policy in suspects}
    neighbours = [pod for pod in view.snapshot.pods.values() if pod.metadata.namespace in namespaces]
    used = {id(policies.levels(pod).workload) for pod in neighbours}
    for policy in suspects:
        if id(policy) not in used:
            metadata = policy.metadata
            message = (
                f"{metadata.ref} ({policy.mode}) has a selector in the root namespace {metadata.namespace}: "
                "istiod ignores it, no workload of any namespace gets its mode"
            )
            fix = f"create it in the namespaces of the workloads that it means, then delete it in {metadata.namespace}"
            yield RULE.finding(metadata, "spec.selector.matchLabels", message, fix)
