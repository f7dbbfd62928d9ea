"""A DestinationRule has several TLS modes for one host.

What it checks

DestinationRules whose `tls` blocks (of the rule, of ports and of subsets) have different modes.

Why it matters

Nearer blocks win: a port's over the rule's, a subset's over both. Which one holds for a request depends on its port and
on the subset that a VirtualService sends it to; without such a route a subset's block holds for nobody.

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
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}
        portLevelSettings: [{port: {number: 5433}, tls: {mode: DISABLE}}]

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
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}

Fix

Nothing, where it is meant: a migration by versions or ports looks so. `kubectl mtls explain deploy/NAME svc/NAME` says
what holds for one client.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS221",
    name="differing-modes",
    severity=Severity.INFO,
    summary="DestinationRule with several TLS modes for one host",
    reads=(DESTINATION_RULE,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such rule."""
    for rule in view.snapshot.destination_rules:
        if view.concerns(rule.metadata.namespace) and len({block.mode for block in rule.tls}) > 1:
            message = f"{rule.metadata.ref} sends {listed(map(_words, rule.tls))} to {rule.host}: the nearer block wins"
            yield RULE.finding(rule.metadata, rule.tls[-1].field, message)


def _words(block: ClientTLS) -> str:
    port = f" on port {block.port}" if block.port is not None else ""
    return f"{block.mode.value}{port}{f' in subset {block.subset}' if block.subset else ''}"
