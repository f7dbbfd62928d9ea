"""A workload behind a headless Service is DISABLE, and clients send it mutual TLS all the same.

What it checks

Headless Services (`clusterIP: None`) and others whose addresses clients take as they find them, where the policy of a
workload or of its port says DISABLE while namespace and mesh do not, and clients with a proxy fail because of it.

Why it matters

Clients look at each endpoint's policy only where their proxy gets a list of endpoints. Of a headless Service it gets
none: one setting holds for all addresses, and it is that of namespace and mesh. The client sends mutual TLS, the server
reads plaintext, and every connection fails in its TLS handshake.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: db, namespace: shop}
    spec:
      selector:
        matchLabels: {app: db}
      mtls: {mode: PERMISSIVE}
      portLevelMtls:
        5432: {mode: DISABLE}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: db, namespace: shop}
    spec:
      clusterIP: None
      selector: {app: db}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: db, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: db, namespace: shop}
    spec:
      selector:
        matchLabels: {app: db}
      mtls: {mode: PERMISSIVE}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: db, namespace: shop}
    spec:
      clusterIP: None
      selector: {app: db}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: db, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]

Fix

PERMISSIVE takes what the clients send: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE`.
Where the port must stay DISABLE, a DestinationRule with `tls.mode: DISABLE` for the Service makes clients send
plaintext.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.rules.disabling import by_field
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS117",
    name="disabled-behind-headless",
    severity=Severity.ERROR,
    summary="Workload behind a headless Service that is DISABLE, which its clients do not hear",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field that says DISABLE."""
    for one in by_field(view.failures[Obstacle.DISABLED_BEHIND_HEADLESS]):
        metadata = one.policy.metadata
        message = (
            f"{metadata.ref} says DISABLE to {service_ports(rows_of(one.failures), metadata.namespace)}, of which "
            f"clients take the addresses as they are and send mutual TLS: {clients(one.failures)}"
        )
        yield RULE.finding(metadata, one.field, message, one.fix)
