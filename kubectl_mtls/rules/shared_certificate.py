"""Several servers of one gateway share a certificate on one port.

What it checks

Servers of Istio Gateways with the same `credentialName` on the same port, for different hosts, on gateway pods
that both select.

Why it matters

A browser that has a connection to one host uses it for another one that the certificate covers too (HTTP/2 connection
reuse). The gateway has routes of the first host there only, and answers 404, now and then, for some users.

Example

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: wildcard}
        - port: {number: 443, name: https-api, protocol: HTTPS}
          hosts: [api.shop.example]
          tls: {mode: SIMPLE, credentialName: wildcard}

Better

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: ["*.shop.example"]
          tls: {mode: SIMPLE, credentialName: wildcard}

Fix

One Gateway with one server for all the hosts of the certificate (`hosts: ["*.shop.example"]`), to which the
VirtualServices are bound; or a certificate of its own for each server.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gateway import Gateway, GatewayServer
from kubectl_mtls.model.kind import GATEWAY, POD
from kubectl_mtls.posture.connection.gateway_pods import GatewayPods
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS603",
    name="shared-certificate",
    severity=Severity.WARNING,
    summary="Servers of a gateway that share a certificate on a port",
    reads=(GATEWAY, POD),
    doc=__doc__,
)

_Place = tuple[Gateway, GatewayServer, str]


def check(view: View) -> Iterator[Finding]:
    """One finding for every server that shares with an earlier one."""
    places: dict[tuple[str, int], list[_Place]] = defaultdict(list)
    for gateway in sorted(view.snapshot.gateways, key=lambda one: one.metadata.age_order):
        for server in gateway.servers:
            for credential in gateway.credentials:
                if credential.field == f"{server.field}.credentialName" and server.protocol == "HTTPS":
                    places[credential.name, server.port].append((gateway, server, credential.field))
    pods, seen = GatewayPods(view.connections.outbound), set[tuple[int, str]]()
    for (name, _), sharing in places.items():
        for (first, one, _), (second, other, field) in combinations(sharing, 2):
            if set(one.hosts) != set(other.hosts) and (id(second), field) not in seen and pods.meet(first, second):
                seen.add((id(second), field))
                yield _finding(second, other, field, name, first, one)


def _finding(
    gateway: Gateway, server: GatewayServer, field: str, name: str, first: Gateway, other: GatewayServer
) -> Finding:
    ref = gateway.metadata.ref
    message = (
        f"{ref} shows {name} for {listed(server.hosts)} on port {server.port}, "
        f"{first.metadata.ref.seen_from(ref.namespace)} for {listed(other.hosts)}: clients that reuse a connection of "
        "one for the other get 404"
    )
    fix = f"one server for all hosts of secret/{name}, or a certificate for each"
    return RULE.finding(gateway.metadata, field, message, fix)
