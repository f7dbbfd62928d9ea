"""A DestinationRule verifies the CA of a server outside, but not its name.

What it checks

`tls` blocks with mode SIMPLE or MUTUAL towards ports of MESH_EXTERNAL hosts, without `subjectAltNames` (neither in the
rule nor in the ServiceEntry), where the automatic check does not work: it needs `sni` to be unset, and an HTTP request
to take the name from. Ports whose protocol is TLS or HTTPS are another rule's.

Why it matters

Any certificate of the same CA passes. With a public CA that is everybody's: whoever can redirect the traffic needs only
some certificate for some name of their own.

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
        tls: {mode: SIMPLE, sni: api.partner.example}

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
        tls: {mode: SIMPLE, sni: api.partner.example, subjectAltNames: [api.partner.example]}

Fix

Write the name in the server's certificate into `subjectAltNames`; over HTTP leaving `sni` out does it too, where the
application asks for the server by that name.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE_ENTRY
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.failure.origination import checks_name, resolve_originations
from kubectl_mtls.rules.remedy import add_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS216",
    name="any-name-accepted",
    severity=Severity.WARNING,
    summary="DestinationRule that accepts any name of the server's CA",
    reads=(DESTINATION_RULE, SERVICE_ENTRY),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such block."""
    rules = [rule for rule in view.snapshot.destination_rules if view.concerns(rule.metadata.namespace)]
    for one in resolve_originations(view.connections.outbound, rules):
        metadata, block = one.rule.metadata, one.block
        lax = [
            (host, port)
            for host, port in one.ports
            if port.protocol is not PortProtocol.TLS and not checks_name(block, host, port)
        ]
        if lax and not block.insecure_skip_verify:
            names = sorted({host.name for host, _ in lax})
            places = listed(f"{host.name}:{port.number}" for host, port in lax)
            message = (
                f"{metadata.ref} sets {block.mode.value} towards {places} without subjectAltNames: any certificate of "
                "the server's CA passes, whatever its name"
            )
            fix = add_field(metadata, block.field, {"subjectAltNames": names})
            yield RULE.finding(metadata, block.field, message, fix)
