"""A DestinationRule says what TLS to send, and all clients that could use it are in ambient mode, which reads none.

What it checks

DestinationRules with a tls block where every pod with a proxy that could use them (those of the rule's namespace, or
of the mesh where it is exported) is captured by ztunnel, and no sidecar, gateway or waypoint is among them. Not asked
where not all of these pods could be read.

Why it matters

ztunnel applies no DestinationRule. A rule that is to start TLS towards a partner, or to pin what is sent, does
nothing, and traffic goes out as the application wrote it: often plaintext.

Example

    apiVersion: v1
    kind: Namespace
    metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: cart, namespace: shop}
    spec:
      host: cart
      trafficPolicy:
        tls: {mode: SIMPLE}
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
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: cart, namespace: shop}
    spec:
      host: cart
      trafficPolicy:
        connectionPool: {tcp: {maxConnections: 10}}
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

Put a waypoint before the host (`istioctl waypoint apply`, label `istio.io/use-waypoint`), which reads the rule, or
give the clients a sidecar. A rule that is not needed is better deleted.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, NAMESPACE, POD
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.posture.client.rule_index import is_private
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS511",
    name="rule-nobody-reads",
    severity=Severity.WARNING,
    summary="DestinationRule with TLS whose clients are all in ambient mode",
    reads=(DESTINATION_RULE, POD, NAMESPACE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such rule."""
    if not any(pod.proxy is Proxy.AMBIENT for pod in view.snapshot.pods.values()):
        return
    for rule in view.snapshot.destination_rules:
        if rule.tls and all(pod.proxy is Proxy.AMBIENT for pod in _clients(view, rule)) and _sees_clients(view, rule):
            message = (
                f"{rule.metadata.ref} says what TLS to send to {rule.host}, but all pods that could use it are in "
                "ambient mode, and ztunnel reads no DestinationRules (basis: documentation)"
            )
            fix = "put a waypoint before the host (istioctl waypoint apply), or delete the rule"
            yield RULE.finding(rule.metadata, rule.tls[0].field, message, fix)


def _clients(view: View, rule: DestinationRule) -> list[Pod]:
    """The pods in the mesh that could use a rule."""
    place = rule.metadata.namespace
    pods = [pod for pod in view.snapshot.pods.values() if pod.proxy is not Proxy.NONE]
    return [pod for pod in pods if pod.metadata.namespace == place] if _is_private(view, rule) else pods


def _sees_clients(view: View, rule: DestinationRule) -> bool:
    """Whether all of these were read, and one is there."""
    place = rule.metadata.namespace
    if _is_private(view, rule):
        return view.sees_all(POD, place) and bool(_clients(view, rule))
    return view.namespaces is None and not any(gap.kind == POD for gap in view.snapshot.gaps)


def _is_private(view: View, rule: DestinationRule) -> bool:
    return is_private(rule, view.connections.outbound.settings_of(None))
