"""A Gateway's selector matches no gateway: nobody listens for its hosts.

What it checks

`spec.selector` of Istio Gateways against the gateway pods of all namespaces. In files only where they hold a gateway's
pods; on a cluster only where all namespaces are looked at.

Why it matters

The Gateway changes nothing: connections to its hosts are refused or meet another Gateway's certificate. A gateway that
was installed anew by another chart (`istio: ingressgateway` became `istio: ingress`) does this to every Gateway of the
old label.

Example

    apiVersion: v1
    kind: Pod
    metadata:
      name: ingress-0
      namespace: istio-ingress
      labels: {istio: ingress}
    spec:
      containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingressgateway}
      servers:
        - port: {number: 443, name: tls, protocol: TLS}
          hosts: [web.shop.example]
          tls: {mode: PASSTHROUGH}

Better

    apiVersion: v1
    kind: Pod
    metadata:
      name: ingress-0
      namespace: istio-ingress
      labels: {istio: ingress}
    spec:
      containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: tls, protocol: TLS}
          hosts: [web.shop.example]
          tls: {mode: PASSTHROUGH}

Fix

Write the labels of the gateway's pods into the selector: `kubectl get pods -A -l istio --show-labels` shows them. Where
the gateway is scaled to zero, leave it.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import GATEWAY, POD
from kubectl_mtls.posture.connection.gateway_pods import GatewayPods
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS601",
    name="gateway-selects-nothing",
    severity=Severity.WARNING,
    summary="Gateway whose selector matches no gateway pod",
    reads=(GATEWAY, POD),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such Gateway."""
    pods = GatewayPods(view.connections.outbound)
    sees_all = view.namespaces is None and not any(gap.kind == POD for gap in view.snapshot.gaps)
    if not sees_all or not (pods.count or view.snapshot.live):
        return
    for gateway in view.snapshot.gateways:
        if not pods.of(gateway):
            labels = ",".join(f"{key}={value}" for key, value in gateway.match_labels.items())
            hosts = listed(dict.fromkeys(host for server in gateway.servers for host in server.hosts))
            message = f"{gateway.metadata.ref} selects {labels}, which no gateway pod has: nobody listens for {hosts}"
            fix = "compare with: kubectl get pods -A -l istio --show-labels"
            yield RULE.finding(gateway.metadata, "spec.selector", message, fix)
