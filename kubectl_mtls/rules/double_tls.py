"""A DestinationRule starts TLS on a port on which applications already do.

What it checks

`tls` blocks with mode SIMPLE or MUTUAL towards ports of MESH_EXTERNAL hosts whose protocol is HTTPS or TLS: that word
says that the application itself starts TLS.

Why it matters

The proxy wraps the application's TLS into its own. The server ends the outer one and finds the start of another
handshake where it expects a request: it answers 400 or closes the connection.

Example

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: https, protocol: HTTPS}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls: {mode: SIMPLE, sni: api.partner.example, subjectAltNames: [api.partner.example]}

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

Let one of the two start TLS. Where the proxy shall: the application asks by `http://`, and the ServiceEntry's port has
protocol HTTP. Where the application shall: remove the `tls` block.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE_ENTRY
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.failure.origination import resolve_originations
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS220",
    name="double-tls",
    severity=Severity.WARNING,
    summary="DestinationRule that starts TLS where applications already do",
    reads=(DESTINATION_RULE, SERVICE_ENTRY),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such block."""
    rules = [rule for rule in view.snapshot.destination_rules if view.concerns(rule.metadata.namespace)]
    for one in resolve_originations(view.connections.outbound, rules):
        twice = [(host, port) for host, port in one.ports if port.protocol is PortProtocol.TLS]
        if twice:
            entry, word = twice[0][0].source.ref, twice[0][1].word
            places = listed(f"{host.name}:{port.number}" for host, port in twice)
            message = (
                f"{one.rule.metadata.ref} starts TLS ({one.block.mode.value}) towards {places}, whose protocol {word} "
                "says that applications start it themselves: TLS inside TLS"
            )
            fix = f"declare the port as HTTP in {entry.full} and call it by http://, or remove {one.block.field}"
            yield RULE.finding(one.rule.metadata, f"{one.block.field}.mode", message, fix)
