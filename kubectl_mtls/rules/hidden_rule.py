"""A rule of the client's own namespace hides the one of the server's namespace, which says otherwise about TLS.

What it checks

Clients with a proxy that use a DestinationRule of their own namespace for a Service of another one, whose namespace has
a rule for it too. Reported where the clients would send something else by the owner's rule.

Why it matters

Rules of different namespaces are not merged: the client's comes first, be it for `*` and meant for connection pools
only, and the owner's is not looked at. The owner says how to speak to the service, and some clients do not hear it. A
rule with a `workloadSelector` hides it even from the workloads that it does not select.

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
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: pools, namespace: bank}
    spec:
      host: "*.local"
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
        tls: {mode: ISTIO_MUTUAL}
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: pools, namespace: bank}
    spec:
      host: "*.local"
      trafficPolicy:
        connectionPool: {tcp: {maxConnections: 10}}

Fix

Write the owner's `tls` block into the client's rule too, or take the service out of the client's rule by a narrower
host. Where the client means to differ, ignore the finding with a reason.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.posture.failure.owners_rule import Unheard, resolve_unheard
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS210",
    name="hidden-rule",
    severity=Severity.WARNING,
    summary="DestinationRule that hides the service owner's, which says otherwise about TLS",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every pair of rules."""
    found: dict[object, tuple[Metadata, Metadata, list[Unheard]]] = {}
    for one in resolve_unheard(view.resolver, view.traffic):
        if one.hiding is not None:
            pair = (one.hiding.first.metadata, one.owner.first.metadata)
            found.setdefault((pair[0].ref, pair[1].ref), (*pair, []))[2].append(one)
    for hiding, owner, group in found.values():
        yield _finding(hiding, owner, group)


def _finding(hiding: Metadata, owner: Metadata, group: list[Unheard]) -> Finding:
    first = group[0]
    hosts = len({one.connection.host.key for one in group})
    message = (
        f"{hiding.ref} hides {owner.ref.seen_from(hiding.namespace)} for {counted(hosts, 'service')} of namespace "
        f"{owner.namespace}: clients of namespace {first.client.namespace} send {first.connection.wire.value} to "
        f"{first.connection.host.name}, by the owner's rule they would send {first.would.value}"
    )
    fix = f"write the tls block of {owner.ref.full} into {hiding.ref}, or narrow its host"
    return RULE.finding(hiding, "spec.host", message, fix)
