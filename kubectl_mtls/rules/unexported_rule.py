"""A rule of the server's namespace is not exported, so clients elsewhere send something else.

What it checks

DestinationRules with `exportTo: ["."]` (or the mesh's default of that) for a Service of their own namespace, and
clients with a proxy in other namespaces that would send something else if they got the rule.

Why it matters

Inside the namespace the rule holds and tests pass; clients elsewhere never see it and go by auto mTLS or by another
rule. Half of the callers speak TLS to a server that wants it, the others do not.

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
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: report, namespace: bank}
    spec:
      template:
        metadata:
          labels: {app: report, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: report, image: report}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      exportTo: ["."]
      trafficPolicy:
        tls: {mode: DISABLE}

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
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: report, namespace: bank}
    spec:
      template:
        metadata:
          labels: {app: report, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: report, image: report}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: DISABLE}

Fix

Export the rule (`exportTo: ["*"]`, or leave the field out), or ignore the finding where it is meant for the own
namespace alone.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.owners_rule import Unheard, resolve_unheard
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS211",
    name="unexported-rule",
    severity=Severity.INFO,
    summary="DestinationRule that clients of other namespaces do not get",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every rule that its clients elsewhere would need."""
    found: dict[object, list[Unheard]] = {}
    for one in resolve_unheard(view.resolver, view.traffic):
        if one.hiding is None:
            found.setdefault(one.owner.first.metadata.ref, []).append(one)
    for group in found.values():
        first = group[0]
        owner = first.owner.first.metadata
        message = (
            f"{owner.ref} is not exported from namespace {owner.namespace}: clients of namespace "
            f"{listed(sorted({one.client.namespace for one in group}))} send {first.connection.wire.value} to "
            f"{first.connection.host.name}, by this rule they would send {first.would.value}"
        )
        yield RULE.finding(owner, "spec.exportTo", message, f"export {owner.ref} to them: spec.exportTo")
