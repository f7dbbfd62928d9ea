"""A Gateway takes mutual TLS of the mesh and names a certificate beside it.

What it checks

Servers of Istio Gateways with `tls.mode: ISTIO_MUTUAL` and a `credentialName`, `credentialNames`, `serverCertificate`,
`privateKey` or `caCertificates`.

Why it matters

The API server refuses such a Gateway ("ISTIO_MUTUAL TLS cannot have associated credentialName"). Where it exists all
the same, istiod passes the certificate over: the server shows the mesh's own and demands one of the mesh, so that
callers from outside cannot get in. Old releases switched mutual TLS off instead.

Example

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: ISTIO_MUTUAL, credentialName: web-cert}

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

For callers from outside: mode SIMPLE or MUTUAL with the certificate. For callers of the mesh: ISTIO_MUTUAL without.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import GATEWAY
from kubectl_mtls.rules.remedy import remove_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS602",
    name="credential-with-mesh-tls",
    severity=Severity.ERROR,
    summary="Gateway server with ISTIO_MUTUAL and a certificate of its own",
    reads=(GATEWAY,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such field."""
    for gateway in view.snapshot.gateways:
        named = [(one.field, one.name) for one in gateway.credentials if one.mode == "ISTIO_MUTUAL"]
        named += [(field, "a file") for one in gateway.servers if one.tls_mode == "ISTIO_MUTUAL" for field in one.files]
        for field, name in named if view.concerns(gateway.metadata.namespace) else ():
            message = (
                f"{gateway.metadata.ref} sets ISTIO_MUTUAL with {field.split('.')[4]} ({name}): the API server refuses "
                "it, and istiod demands certificates of the mesh and shows its own"
            )
            yield RULE.finding(gateway.metadata, field, message, remove_field(gateway.metadata, field))
