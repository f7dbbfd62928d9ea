"""A DestinationRule says MUTUAL but names no certificate: clients send plaintext.

What it checks

`tls` blocks with mode MUTUAL that have neither a `credentialName` nor both `clientCertificate` and `privateKey`, at the
top, for a port or in a subset.

Why it matters

The API server refuses such a rule ("client certificate required for mutual tls"). Where it exists all the same, istiod
cannot build the TLS settings, logs it and leaves the cluster without any: every client sends plaintext, silently.

Example

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls:
          mode: MUTUAL
          clientCertificate: /etc/certs/cart.pem

Better

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls:
          mode: MUTUAL
          clientCertificate: /etc/certs/cart.pem
          privateKey: /etc/certs/cart.key
          caCertificates: /etc/certs/partner.pem
          sni: api.partner.example
          subjectAltNames: [api.partner.example]

Fix

Name both files, as they are mounted into the proxy (annotations `sidecar.istio.io/userVolume` and `userVolumeMount`),
or a `credentialName` together with a `workloadSelector`. For mutual TLS inside the mesh the mode is ISTIO_MUTUAL, which
needs neither.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.posture.cluster.client_tls import Dropped, resolve_wire
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS204",
    name="missing-client-certificate",
    severity=Severity.ERROR,
    summary="DestinationRule with MUTUAL but without a certificate: clients send plaintext",
    reads=(DESTINATION_RULE,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such block."""
    for rule in view.snapshot.destination_rules:
        for block in rule.tls if view.concerns(rule.metadata.namespace) else ():
            if resolve_wire(block, sidecar=False, has_selector=False)[1] is Dropped.NO_KEY:
                message = (
                    f"{rule.metadata.ref} sets MUTUAL towards {rule.host} without {_missing(block)}: istiod cannot "
                    "build it, and clients send plaintext"
                )
                fix = f"write {_missing(block)} into {block.field}, or credentialName beside a workloadSelector"
                yield RULE.finding(rule.metadata, f"{block.field}.mode", message, fix)


def _missing(block: ClientTLS) -> str:
    fields = {"clientCertificate": block.client_certificate, "privateKey": block.private_key}
    return " and ".join(name for name, value in fields.items() if not value)
