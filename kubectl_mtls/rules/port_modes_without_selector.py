"""A PeerAuthentication sets modes of ports without selecting pods, so istiod ignores them.

What it checks

`spec.portLevelMtls` in a PeerAuthentication whose `spec.selector` is missing or has no labels.

Why it matters

Ports belong to workloads, so istiod reads them only from a policy that selects some. The API server refuses this
object ("portLevelMtls requires selector"); where it exists all the same (an old CRD, a manifest in Git) the mode of
the whole policy counts and the modes of the ports do not: the exception that keeps a port reachable, or the STRICT
that protects one, is not there.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
      portLevelMtls:
        8080: {mode: PERMISSIVE}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      portLevelMtls:
        8080: {mode: PERMISSIVE}

Fix

Move the ports into a policy that selects the workload, as above; one that is there takes them by `kubectl mtls
switch-mode pa/NAME -n NAMESPACE --port 8080 --to PERMISSIVE`. Then remove `portLevelMtls` here.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.rules.remedy import remove_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS109",
    name="port-modes-without-selector",
    severity=Severity.ERROR,
    summary="PeerAuthentication with port modes but no selector: ignored",
    reads=(PEER_AUTHENTICATION,),
    doc=__doc__,
)

_FIELD = "spec.portLevelMtls"


def check(view: View) -> Iterator[Finding]:
    """One finding for every such policy."""
    for policy in view.snapshot.peer_authentications:
        metadata = policy.metadata
        if policy.port_modes and not policy.match_labels and view.concerns(metadata.namespace):
            ports = listed(f"port {port} {mode}" for port, mode in sorted(policy.port_modes.items()))
            rest = f"mode {policy.mode} of the whole policy" if policy.mode != "UNSET" else "mode of the level above"
            message = (
                f"{metadata.ref} sets {ports} without a selector: the API server refuses that and istiod ignores "
                f"{'it' if len(policy.port_modes) == 1 else 'them'}, the {rest} holds there too"
            )
            yield RULE.finding(metadata, _FIELD, message, remove_field(metadata, _FIELD))
