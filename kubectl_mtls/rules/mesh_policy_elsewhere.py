"""A PeerAuthentication that looks mesh-wide lies outside the root namespace and covers one namespace only.

What it checks

A PeerAuthentication without selector in istio-system, or in the namespace where istiod runs, while MeshConfig
`rootNamespace` names another namespace.

Why it matters

A policy without selector holds for the whole mesh only in the root namespace. Anywhere else it holds for that one
namespace. Written in istio-system out of habit, "STRICT for the mesh" protects the control plane's own pods and
nothing else, and every workload stays at PERMISSIVE. The reverse catches people too: istiod may live in another
namespace while the root namespace still is istio-system, its default.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
        rootNamespace: istio-config
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: istio-system}
    spec:
      mtls: {mode: STRICT}

Better

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
        rootNamespace: istio-config
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: istio-config}
    spec:
      mtls: {mode: STRICT}

Fix

Create the policy in the root namespace: `kubectl mtls switch-mode mesh --to STRICT` finds it, and shows first who
would be cut off.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.rules.remedy import replace_field
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS107",
    name="mesh-policy-elsewhere",
    severity=Severity.WARNING,
    summary="PeerAuthentication that looks mesh-wide and covers one namespace",
    reads=(PEER_AUTHENTICATION, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such policy; none where the root namespace cannot be told."""
    misleading = view.control_planes - view.root_namespaces if view.root_namespaces else frozenset()
    for policy in view.snapshot.peer_authentications:
        metadata = policy.metadata
        if policy.match_labels or metadata.namespace not in misleading:
            continue
        message = (
            f"{metadata.ref} ({policy.mode}) holds for namespace {metadata.namespace} only, not for the mesh: "
            f"MeshConfig's root namespace is {listed(sorted(view.root_namespaces))}"
        )
        yield RULE.finding(metadata, "metadata.namespace", message, _fix(view, policy))


def _fix(view: View, policy: PeerAuthentication) -> str | None:
    """In a file it moves; on a cluster nothing moves, but the mesh can be given the same mode."""
    if isinstance(policy.metadata.origin, FileOrigin):
        return replace_field(policy.metadata, "metadata.namespace", min(view.root_namespaces))
    return f"kubectl mtls switch-mode mesh --to {policy.mode}" if policy.mode is not ServerMode.UNSET else None
