"""A subset with TLS settings of its own has no endpoint.

What it checks

Subsets of DestinationRules that hold a `tls` block, against the labels of what is behind the rule's host. Hosts that
have no endpoint at all are passed over.

Why it matters

Routes to the subset answer 503 with UH (no healthy upstream), and whoever reads the rule believes that some pods are
spoken to differently, which none is.

Example

    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: shop}
    spec:
      selector: {app: ledger}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ledger, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: ledger, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ledger, image: ledger, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger
      subsets:
        - name: v2
          labels: {version: v2}
          trafficPolicy:
            tls: {mode: ISTIO_MUTUAL}

Better

    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: shop}
    spec:
      selector: {app: ledger}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ledger, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: ledger, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ledger, image: ledger, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger
      subsets:
        - name: v2
          labels: {app: ledger}
          trafficPolicy:
            tls: {mode: ISTIO_MUTUAL}

Fix

Correct the subset's labels to those of the pods, or remove the subset and the routes to it.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, ENDPOINT_SLICE, POD, SERVICE, SERVICE_ENTRY, WORKLOAD_ENTRY
from kubectl_mtls.model.selector import selects
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS214",
    name="subset-selects-nothing",
    severity=Severity.WARNING,
    summary="Subset with TLS settings whose labels no endpoint has",
    reads=(DESTINATION_RULE, SERVICE, SERVICE_ENTRY, WORKLOAD_ENTRY, POD, ENDPOINT_SLICE),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such subset of a host whose endpoints were all read."""
    for rule in view.snapshot.destination_rules:
        if any(one.subset is not None for one in rule.tls):
            yield from _of_rule(view, rule)


def _of_rule(view: View, rule: DestinationRule) -> Iterator[Finding]:
    outbound = view.connections.outbound
    host = outbound.by_name.get(rule.full_host)
    if host is None or not all(view.sees_all(kind, host.namespace) for kind in (POD, ENDPOINT_SLICE, WORKLOAD_ENTRY)):
        return
    behind = outbound.endpoints.of(host.key)
    for index, subset in enumerate(rule.subsets):
        has_tls = any(one.subset == subset.name for one in rule.tls)
        if behind and has_tls and not any(selects(subset.labels, one.labels) for one in behind):
            labels = ",".join(f"{key}={value}" for key, value in subset.labels.items())
            message = (
                f"{rule.metadata.ref}: subset {subset.name} ({labels}) matches nothing behind {rule.host}: routes to "
                "it answer 503 UH, and its tls block holds for nobody"
            )
            fix = f"correct the labels of subset {subset.name}, or remove it"
            yield RULE.finding(rule.metadata, f"spec.subsets.{index}.labels", message, fix)
