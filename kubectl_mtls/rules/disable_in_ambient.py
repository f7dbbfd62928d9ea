"""A policy says DISABLE to pods in ambient mode, where it has no effect.

What it checks

For every Service port of pods that ztunnel captures: the policy that decides, by port, workload, namespace or mesh,
says DISABLE. Told by Istio's documentation and its code, not compared with a running ztunnel.

Why it matters

In ambient mode DISABLE is as PERMISSIVE: ztunnel takes plaintext and still takes and uses mutual TLS (HBONE). Who
meant to look at the traffic, or to keep a client out of mutual TLS, gets neither.

Example

    apiVersion: v1
    kind: Namespace
    metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
    ---
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
          labels: {app: cart}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Fix

Write what holds: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --to PERMISSIVE`. Pods that shall stay out of ztunnel
get the label `istio.io/dataplane-mode: none`.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.rules.by_ztunnel import differences
from kubectl_mtls.rules.remedy import switch_mode
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS508",
    name="disable-in-ambient",
    severity=Severity.INFO,
    summary="DISABLE said to ambient pods, for which it is as PERMISSIVE",
    reads=(PEER_AUTHENTICATION, SERVICE, POD, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field that says DISABLE to ambient pods, and opens as PERMISSIVE does."""
    for one in differences(view):
        if one.said is ServerMode.DISABLE and one.holds is ServerMode.PERMISSIVE:
            metadata = one.policy.metadata
            message = (
                f"{metadata.ref} says DISABLE to {service_ports(one.rows, metadata.namespace)}, whose pods are in "
                "ambient mode: ztunnel treats it as PERMISSIVE and goes on with mutual TLS (basis: documentation)"
            )
            fix = switch_mode(metadata, ServerMode.PERMISSIVE, one.port)
            yield RULE.finding(metadata, one.field, message, fix)
