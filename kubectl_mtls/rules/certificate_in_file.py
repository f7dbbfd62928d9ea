"""A Gateway's certificate is a file in its pods.

What it checks

Servers of Istio Gateways with `serverCertificate`, `privateKey` or `caCertificates`: paths inside the gateway's pods.

Why it matters

Such a certificate is renewed by whoever mounts it. The file changes some time after the Secret does (up to two
minutes), a mount by `subPath` never, and older agents miss the second change. No Secret is named, so nothing
here can tell when it ends.

Example

    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: web, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [web.shop.example]
          tls: {mode: SIMPLE, serverCertificate: /etc/certs/tls.crt, privateKey: /etc/certs/tls.key}

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

Fix

Name the Secret: `credentialName`, in the namespace of the gateway's pods. istiod then delivers every change at once.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import GATEWAY
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS604",
    name="certificate-in-file",
    severity=Severity.INFO,
    summary="Gateway server whose certificate is a file in its pods",
    reads=(GATEWAY,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every server with files that count."""
    for gateway in view.snapshot.gateways:
        for server in gateway.servers if view.concerns(gateway.metadata.namespace) else ():
            if server.files and server.tls_mode in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"):
                names = listed(field.rpartition(".")[2] for field in server.files)
                message = (
                    f"{gateway.metadata.ref} takes {names} for {listed(server.hosts)} from files in the "
                    "gateway's pods: when they end is not known here"
                )
                fix = "name a Secret beside the gateway's pods: credentialName"
                yield RULE.finding(gateway.metadata, server.files[0], message, fix)
