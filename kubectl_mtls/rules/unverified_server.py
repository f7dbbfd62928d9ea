"""A DestinationRule switches the verification of the server off.

What it checks

`insecureSkipVerify: true` in a `tls` block with mode SIMPLE or MUTUAL, at the top, for a port or in a subset.

Why it matters

The connection is encrypted, towards anybody: whoever sits in between can show any certificate, read everything and,
with SIMPLE, see every password in it. The field is meant for an hour of debugging, and nothing says that it is still
there.

Example

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: http, protocol: HTTP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls:
          mode: SIMPLE
          sni: api.partner.example
          insecureSkipVerify: true

Better

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: http, protocol: HTTP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls:
          mode: SIMPLE
          sni: api.partner.example
          subjectAltNames: [api.partner.example]

Fix

Remove the field. Where verification then fails, name the server's CA (`caCertificates`, a file in the proxy, or
`credentialName: configmap://NAMESPACE/NAME`) and the name in its certificate (`subjectAltNames`).
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.rules.remedy import remove_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS215",
    name="unverified-server",
    severity=Severity.WARNING,
    summary="DestinationRule with insecureSkipVerify: any server is accepted",
    reads=(DESTINATION_RULE,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such block."""
    for rule in view.snapshot.destination_rules:
        for block in rule.tls if view.concerns(rule.metadata.namespace) else ():
            if block.insecure_skip_verify and block.mode in (ClientMode.SIMPLE, ClientMode.MUTUAL):
                message = (
                    f"{rule.metadata.ref} sets {block.mode.value} with insecureSkipVerify towards {rule.host}: clients "
                    "accept any certificate, of anybody"
                )
                field = f"{block.field}.insecureSkipVerify"
                yield RULE.finding(rule.metadata, field, message, remove_field(rule.metadata, field))
