"""A Gateway lets clients in without a certificate although it asks for one.

What it checks

Servers of Istio Gateways with `tls.mode: OPTIONAL_MUTUAL`.

Why it matters

Clients that show a certificate are verified, those that show none come in as well. Only an AuthorizationPolicy or the
application can still tell them apart; read as "mutual TLS", the mode protects nothing.

Example

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: OPTIONAL_MUTUAL, credentialName: web-cert}

Better

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: MUTUAL, credentialName: web-cert}

Fix

MUTUAL, once every client has a certificate. Until then let an AuthorizationPolicy on the gateway demand an identity
where it matters (`source.principals` or the header `x-forwarded-client-cert`).
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import GATEWAY
from kubectl_mtls.rules.remedy import replace_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS606",
    name="optional-client-certificate",
    severity=Severity.INFO,
    summary="Gateway server that lets clients in without a certificate",
    reads=(GATEWAY,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such server."""
    for gateway in view.snapshot.gateways:
        for server in gateway.servers if view.concerns(gateway.metadata.namespace) else ():
            if server.tls_mode == "OPTIONAL_MUTUAL":
                field = f"{server.field}.mode"
                message = (
                    f"{gateway.metadata.ref} asks for a client certificate for {listed(server.hosts)}, and lets "
                    "clients in that show none"
                )
                yield RULE.finding(gateway.metadata, field, message, replace_field(gateway.metadata, field, "MUTUAL"))
