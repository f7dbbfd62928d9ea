"""A policy says DISABLE to endpoints in another network, which nobody reaches without mutual TLS.

What it checks

Endpoints of Services and ServiceEntries that are in another network, reached through a gateway, and whose mode is
DISABLE by a PeerAuthentication. Endpoints of other clusters that no object here names are not seen. Told by Istio's
code, not compared with a running gateway.

Why it matters

A gateway between networks passes on what its SNI names, and only mutual TLS of the mesh has one. istiod leaves
endpoints without it out of what clients get: their capacity disappears without an error, and where there is no other
endpoint the Service answers `503 UH`.

Example

    apiVersion: v1
    kind: Namespace
    metadata: {name: istio-system, labels: {topology.istio.io/network: here}}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: "{}"
      meshNetworks: |
        networks:
          there:
            endpoints: [{fromRegistry: remote}]
            gateways: [{address: 192.0.2.9, port: 15443}]
    ---
    apiVersion: networking.istio.io/v1
    kind: WorkloadEntry
    metadata: {name: cart-there, namespace: shop}
    spec: {address: 10.9.0.1, network: there, serviceAccount: cart, labels: {app: cart}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      mtls: {mode: DISABLE}

Better

    apiVersion: v1
    kind: Namespace
    metadata: {name: istio-system, labels: {topology.istio.io/network: here}}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: "{}"
      meshNetworks: |
        networks:
          there:
            endpoints: [{fromRegistry: remote}]
            gateways: [{address: 192.0.2.9, port: 15443}]
    ---
    apiVersion: networking.istio.io/v1
    kind: WorkloadEntry
    metadata: {name: cart-there, namespace: shop}
    spec: {address: 10.9.0.1, network: there, serviceAccount: cart, labels: {app: cart}}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      mtls: {mode: PERMISSIVE}

Fix

`kubectl mtls switch-mode pa/NAME -n NAMESPACE --to PERMISSIVE` brings them back.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.cluster.endpoint import Endpoint
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.rules.remedy import switch_mode
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS125",
    name="lost-across-networks",
    severity=Severity.WARNING,
    summary="Endpoints in another network that DISABLE takes away from clients",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field that says DISABLE to such endpoints."""
    outbound = view.connections.outbound
    if not outbound.networks.are_several:
        return
    found: dict[tuple[Ref, int | None], tuple[PeerAuthentication, dict[str, None]]] = {}
    for host in outbound.hosts:
        for endpoint in outbound.endpoints.of(host.key) if view.covers(host.namespace) else ():
            if (decided := _disabled(outbound, endpoint)) is not None:
                policy, port = decided
                hosts = found.setdefault((policy.metadata.ref, port), (policy, {}))[1]
                hosts[f"{host.name} ({endpoint.shown})"] = None
    for (_, port), (policy, hosts) in found.items():
        message = (
            f"{policy.metadata.ref} says DISABLE to endpoints in another network, so clients here do not get them: "
            f"{listed(hosts)} (basis: documentation)"
        )
        fix = switch_mode(policy.metadata, ServerMode.PERMISSIVE, port)
        yield RULE.finding(policy.metadata, policy.field_of(port), message, fix)


def _disabled(outbound: Outbound, endpoint: Endpoint) -> tuple[PeerAuthentication, int | None] | None:
    """The policy, and the port where it is the port's mode, that says DISABLE to an endpoint behind a gateway."""
    if not outbound.networks.gateways_before(endpoint):
        return None
    root = outbound.settings_of(endpoint.pod.revision if endpoint.pod else None).root_namespace
    said = outbound.policies.effective_at(endpoint.namespace, root, endpoint.labels, endpoint.port)
    if said.mode is not ServerMode.DISABLE or said.decided_by is None:
        return None
    by_port = said.field == said.decided_by.field_of(endpoint.port)
    return said.decided_by, endpoint.port if by_port else None
