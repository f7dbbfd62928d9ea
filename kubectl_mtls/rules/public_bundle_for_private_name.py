"""A DestinationRule verifies a server of an internal name against public CAs.

What it checks

`tls` blocks with mode SIMPLE or MUTUAL without `caCertificates`, `credentialName` and `insecureSkipVerify`, towards
MESH_EXTERNAL hosts whose names no public CA may certify: private addresses, single words, and names under `.local`,
`.internal`, `.svc`, `.lan`, `.corp`, `.intranet`, `.private`, `.home.arpa` or `.test`.

Why it matters

Without a CA of its own the proxy takes the bundle of its image (since Istio 1.21; before, it verified nothing). The
server's certificate comes from a private CA, so every connection ends with 503 UF and `CERTIFICATE_VERIFY_FAILED`;
rules that worked before an upgrade stop working with it.

Example

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [ledger.corp.internal]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: http, protocol: HTTP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.corp.internal
      trafficPolicy:
        tls: {mode: SIMPLE}

Better

    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [ledger.corp.internal]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: http, protocol: HTTP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.corp.internal
      trafficPolicy:
        tls: {mode: SIMPLE, caCertificates: /etc/certs/corp-ca.pem}

Fix

Name the CA: `caCertificates` is a file in the proxy; `credentialName: configmap://NAMESPACE/NAME` takes it from a
ConfigMap of the rule's namespace, and every client may use it.
"""

import ipaddress
from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE_ENTRY
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.failure.origination import resolve_originations
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS218",
    name="public-bundle-for-private-name",
    severity=Severity.WARNING,
    summary="DestinationRule that verifies an internal name against public CAs",
    reads=(DESTINATION_RULE, SERVICE_ENTRY),
    doc=__doc__,
)

_PRIVATE = (".local", ".internal", ".svc", ".lan", ".corp", ".intranet", ".private", ".home.arpa", ".test")


def check(view: View) -> Iterator[Finding]:
    """One finding for every such block."""
    rules = [rule for rule in view.snapshot.destination_rules if view.concerns(rule.metadata.namespace)]
    for one in resolve_originations(view.connections.outbound, rules):
        hosts = [host for host, _ in one.ports if _is_private(host)]
        if hosts and not _names_ca(one.block):
            message = (
                f"{one.rule.metadata.ref} sets {one.block.mode.value} towards {listed(host.name for host in hosts)} "
                "without a CA: the proxy verifies against the public CAs of its image, and none of them certifies such "
                "a name"
            )
            fix = f"name the server's CA in {one.block.field}: caCertificates, or credentialName configmap://..."
            yield RULE.finding(one.rule.metadata, one.block.field, message, fix)


def _names_ca(block: ClientTLS) -> bool:
    return bool(block.ca_certificates or block.credential_name or block.insecure_skip_verify)


def _is_private(host: Host) -> bool:
    try:
        return ipaddress.ip_address(host.name).is_private
    except ValueError:
        return "." not in host.name or host.name.endswith(_PRIVATE)
