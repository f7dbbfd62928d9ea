"""A Gateway serves a host in plaintext beside TLS, without sending callers over.

What it checks

Servers of Istio Gateways with protocol HTTP and without `tls.httpsRedirect`, for a host that another server of the same
gateway pods serves with TLS.

Why it matters

Whoever types the name without `https://` stays on plaintext: passwords and cookies go through the network as they are,
and the certificate on the other port helps nobody who does not use it.

Example

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: web-cert}
        - port: {number: 80, name: http, protocol: HTTP}
          hosts: [web.shop.example]

Better

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, credentialName: web-cert}
        - port: {number: 80, name: http, protocol: HTTP}
          hosts: [web.shop.example]
          tls: {httpsRedirect: true}

Fix

Add `tls: {httpsRedirect: true}` to the HTTP server: callers get a 301 to the same host on HTTPS. An ACME solver that
needs port 80 keeps its own Gateway for its host, or follows the redirect.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gateway import GatewayServer
from kubectl_mtls.model.kind import GATEWAY, POD
from kubectl_mtls.posture.connection.gateway_pods import GatewayPods
from kubectl_mtls.rules.remedy import add_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS607",
    name="plaintext-beside-tls",
    severity=Severity.WARNING,
    summary="Gateway that serves a host in plaintext beside TLS",
    reads=(GATEWAY, POD),
    doc=__doc__,
)

_HTTP = ("HTTP", "HTTP2", "GRPC")


def check(view: View) -> Iterator[Finding]:
    """One finding for every such server."""
    pods = GatewayPods(view.connections.outbound)
    encrypted = [(one, server) for one in view.snapshot.gateways for server in one.servers if _ends_tls(server)]
    for gateway in view.snapshot.gateways:
        for server in gateway.servers if view.concerns(gateway.metadata.namespace) else ():
            if server.protocol not in _HTTP or server.redirects:
                continue
            hosts = {host for one, other in encrypted if pods.meet(one, gateway) for host in other.hosts}
            if both := [host for host in server.hosts if host in hosts]:
                message = (
                    f"{gateway.metadata.ref} serves {listed(both)} on port {server.port} in plaintext, beside TLS on "
                    "another port: callers are not sent there"
                )
                place = server.field.removesuffix(".tls")
                fix = add_field(gateway.metadata, place, {"tls": {"httpsRedirect": True}})
                yield RULE.finding(gateway.metadata, place, message, fix)


def _ends_tls(server: GatewayServer) -> bool:
    return server.protocol not in _HTTP and server.tls_mode in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL")
