"""ztunnel lets in, or refuses, what the policy of ambient pods says the opposite of.

What it checks

For every Service port of pods that ztunnel captures: what istiod makes of the policies for ztunnel, against what the
deciding field says. An error where STRICT is said and plaintext gets in, a warning where a port that is to be open
stays closed. Told by istiod's code (authorization.go), not compared with a running ztunnel.

Why it matters

istiod turns PeerAuthentications into rules for ztunnel, and not every combination survives: an UNSET policy with a
port that is DISABLE leaves the port STRICT below a STRICT parent; an UNSET policy with a PERMISSIVE port below an
UNSET namespace opens all ports; a STRICT port of a policy that is PERMISSIVE itself stays open where only the mesh
says STRICT.

Example

    apiVersion: v1
    kind: Namespace
    metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: istio-system}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      mtls: {mode: UNSET}
      portLevelMtls:
        8080: {mode: DISABLE}
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
          labels: {app: cart}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Better

    apiVersion: v1
    kind: Namespace
    metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: istio-system}
    spec:
      mtls: {mode: STRICT}
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
          labels: {app: cart}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Fix

Say the mode of the workload itself (`mtls.mode` STRICT) and make exceptions by PERMISSIVE ports, or give the namespace
a policy of its own: those combinations hold.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.rules.by_ztunnel import differences
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS509",
    name="mode-lost-in-ambient",
    severity=Severity.WARNING,
    summary="Mode of ambient pods that ztunnel does not enforce as it is said",
    reads=(PEER_AUTHENTICATION, SERVICE, POD, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field whose mode is turned into its opposite."""
    for one in differences(view):
        metadata = one.policy.metadata
        ports = service_ports(one.rows, metadata.namespace)
        if one.said is ServerMode.STRICT:
            message = f"{metadata.ref} says STRICT to {ports}, but ztunnel lets plaintext in there"
            fix = "say STRICT in spec.mtls.mode, and make exceptions by PERMISSIVE ports"
            severity = Severity.ERROR
        elif one.holds is ServerMode.STRICT:
            message = f"{metadata.ref} says {one.said} to {ports}, but ztunnel refuses plaintext there"
            fix = "write PERMISSIVE instead of DISABLE, and say the workload's own mode in spec.mtls.mode"
            severity = Severity.WARNING
        else:
            continue
        yield RULE.finding(metadata, one.field, f"{message} (basis: documentation)", fix, severity=severity)
