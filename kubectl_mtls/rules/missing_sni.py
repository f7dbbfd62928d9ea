"""A DestinationRule starts TLS towards a TCP port outside without saying to whom.

What it checks

`tls` blocks with mode SIMPLE or MUTUAL without `sni` towards TCP ports of MESH_EXTERNAL hosts. Over HTTP the proxy
takes the name from each request; on other ports it sends none.

Why it matters

A server of many names answers with its default certificate or closes the connection, and the client refuses the
certificate because the name does not fit.

Example

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: tcp, protocol: TCP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls: {mode: SIMPLE, subjectAltNames: [api.partner.example]}

Better

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: tcp, protocol: TCP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls: {mode: SIMPLE, subjectAltNames: [api.partner.example], sni: api.partner.example}

Fix

Write the server's name into `sni`, and into `subjectAltNames`, because a set `sni` switches the automatic check of
names off.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE_ENTRY
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.failure.origination import resolve_originations
from kubectl_mtls.rules.remedy import add_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS217",
    name="missing-sni",
    severity=Severity.INFO,
    summary="DestinationRule that starts TLS on a TCP port without a server name",
    reads=(DESTINATION_RULE, SERVICE_ENTRY),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such block."""
    rules = [rule for rule in view.snapshot.destination_rules if view.concerns(rule.metadata.namespace)]
    for one in resolve_originations(view.connections.outbound, rules):
        metadata, block = one.rule.metadata, one.block
        nameless = [(host, port) for host, port in one.ports if port.protocol is PortProtocol.TCP and not block.sni]
        if nameless:
            places = listed(f"{host.name}:{port.number}" for host, port in nameless)
            message = (
                f"{metadata.ref} sets {block.mode.value} without sni towards {places}: on a TCP port no server name is "
                "sent, and a server of many names shows its default certificate"
            )
            yield RULE.finding(
                metadata, block.field, message, add_field(metadata, block.field, {"sni": nameless[0][0].name})
            )
