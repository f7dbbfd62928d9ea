"""A port's entry in a DestinationRule has no tls, so the rule's own does not hold there.

What it checks

`portLevelSettings` entries without `tls` beneath a `trafficPolicy.tls` with mode SIMPLE or MUTUAL.

Why it matters

An entry for a port replaces the policy above it whole. One that was added for a connection pool or for timeouts takes
the TLS away: that port speaks plaintext, also towards a server outside, and nothing says so.

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
        tls: {mode: SIMPLE}
        portLevelSettings:
        - port: {number: 443}
          connectionPool: {tcp: {maxConnections: 10}}

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
        tls: {mode: SIMPLE}
        portLevelSettings:
        - port: {number: 443}
          tls: {mode: SIMPLE}
          connectionPool: {tcp: {maxConnections: 10}}

Fix

Repeat the `tls` block in the port's entry. Where plaintext is meant, write `tls: {mode: DISABLE}` there:
then it is said.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.rules.remedy import add_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS219",
    name="uninherited-tls",
    severity=Severity.WARNING,
    summary="Port entry of a DestinationRule that takes the rule's TLS away",
    reads=(DESTINATION_RULE,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such entry."""
    for rule in view.snapshot.destination_rules:
        above = rule.policy.tls if rule.policy else None
        if above is None or above.mode not in (ClientMode.SIMPLE, ClientMode.MUTUAL):
            continue
        for entry in rule.policy.ports if rule.policy and view.concerns(rule.metadata.namespace) else ():
            if entry.tls is None:
                message = (
                    f"{rule.metadata.ref}: the entry for port {entry.port} has no tls, so {above.mode.value} of the "
                    f"rule does not hold there, and clients send plaintext to {rule.host}:{entry.port}"
                )
                fix = add_field(rule.metadata, entry.field, {"tls": _written(above)})
                yield RULE.finding(rule.metadata, entry.field, message, fix)


def _written(block: ClientTLS) -> dict[str, object]:
    """The block as it stands in the object."""
    fields: dict[str, object] = {
        "mode": block.mode.value,
        "credentialName": block.credential_name,
        "clientCertificate": block.client_certificate,
        "privateKey": block.private_key,
        "caCertificates": block.ca_certificates,
        "sni": block.sni,
        "subjectAltNames": list(block.subject_alt_names or ()),
        "insecureSkipVerify": block.insecure_skip_verify,
    }
    return {name: value for name, value in fields.items() if value}
