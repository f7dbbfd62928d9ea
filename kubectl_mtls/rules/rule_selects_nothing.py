"""A DestinationRule's workloadSelector matches no pod: nobody uses its TLS settings.

What it checks

`spec.workloadSelector.matchLabels` of DestinationRules that hold a `tls` block, against the pods of their own namespace
(a rule with a selector holds there only). In files the pods are those of the workloads' templates, and a namespace
without any workload in the files is passed over.

Why it matters

The clients that were meant send what other rules or auto mTLS say; towards a host outside of the mesh that is
plaintext. The rule can even do harm: where a namespace has only rules with other selectors for a host, those of the
service's and of the root namespace are not looked at any more.

Example

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: http, protocol: HTTP}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      workloadSelector:
        matchLabels: {app: carts}
      trafficPolicy:
        tls:
          mode: MUTUAL
          clientCertificate: /etc/certs/cart.pem
          privateKey: /etc/certs/cart.key
          caCertificates: /etc/certs/partner.pem

Better

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: http, protocol: HTTP}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      workloadSelector:
        matchLabels: {app: cart}
      trafficPolicy:
        tls:
          mode: MUTUAL
          clientCertificate: /etc/certs/cart.pem
          privateKey: /etc/certs/cart.key
          caCertificates: /etc/certs/partner.pem

Fix

Compare the selector with `kubectl get pods -n NAMESPACE --show-labels` and correct it. A workload that is scaled to
zero and a CronJob between two runs have no pods either: then leave it.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, POD
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.selector import selects
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS213",
    name="rule-selects-nothing",
    severity=Severity.WARNING,
    summary="DestinationRule with TLS settings whose workloadSelector matches no pod",
    reads=(DESTINATION_RULE, POD),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such rule, where all pods of its namespace were read."""
    pods = view.snapshot.pods.values()
    is_whole = view.snapshot.live or any(not pod.assumed for pod in pods)  # a dump holds all pods
    for rule in view.snapshot.destination_rules:
        metadata, wanted = rule.metadata, rule.match_labels
        if not wanted or not rule.tls or not view.sees_all(POD, metadata.namespace):
            continue
        neighbours = [pod for pod in pods if pod.metadata.namespace == metadata.namespace]
        if (is_whole or neighbours) and not any(selects(wanted, pod.labels) for pod in neighbours):
            labels = ",".join(f"{key}={value}" for key, value in wanted.items())
            message = (
                f"{metadata.ref} selects {labels}, which none of {counted(len(neighbours), 'pod')} in namespace "
                f"{metadata.namespace} has: nobody uses its {rule.tls[0].mode.value} towards {rule.host}"
            )
            fix = f"compare with: kubectl get pods -n {metadata.namespace} --show-labels"
            yield RULE.finding(metadata, "spec.workloadSelector.matchLabels", message, fix)
