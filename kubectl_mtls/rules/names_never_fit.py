"""A DestinationRule demands names of servers that their certificates do not have.

What it checks

`subjectAltNames` of a `tls` block with mode ISTIO_MUTUAL against the SPIFFE IDs of the workloads behind the host, which
follow from trust domain, namespace and service account. Names with wildcards are compared as they are written: Envoy
takes them literally.

Why it matters

The list replaces the names that istiod would work out by itself. After a service account is renamed, a workload moves
to another namespace or the trust domain changes, no name fits any more, and every connection ends with 503 UF and
`CERTIFICATE_VERIFY_FAILED ... SAN matcher` in the log of the client's proxy.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
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
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls:
          mode: ISTIO_MUTUAL
          subjectAltNames: [spiffe://cluster.local/ns/shop/sa/old-ledger]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
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
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls:
          mode: ISTIO_MUTUAL
          subjectAltNames: [spiffe://cluster.local/ns/shop/sa/default]

Fix

Remove `subjectAltNames`: istiod then demands the names of the workloads that are there. Where the list is wanted, write
the ID of the service account that the pods run under.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.connection.identity import server_ids
from kubectl_mtls.posture.failure.blame import Cause, failing_results
from kubectl_mtls.posture.failure.rule_failures import RuleFailure
from kubectl_mtls.rules.failing_connections import failures, finding
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS207",
    name="names-never-fit",
    severity=Severity.ERROR,
    summary="DestinationRule whose subjectAltNames no server's certificate has",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every block that does it."""
    for failure in failures(view, Cause.NAMES):
        block = failure.place.block
        wanted = listed(block.subject_alt_names or () if block else ())
        what = f"demands {wanted}, while the certificates there say {listed(_names(view, failure))}"
        yield finding(RULE, failure, "ISTIO_MUTUAL", what)


def _names(view: View, failure: RuleFailure) -> Iterator[str]:
    for connection in failure.connections:
        for one in failing_results(connection):
            revision = one.endpoint.pod.revision if one.endpoint.pod else None
            yield from server_ids(one.endpoint, view.connections.outbound.settings_of(revision))
