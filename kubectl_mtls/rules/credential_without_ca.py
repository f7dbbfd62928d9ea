"""MUTUAL is asked for with a Secret that holds no CA.

What it checks

DestinationRules and Gateways with mode MUTUAL (or OPTIONAL_MUTUAL) and a `credentialName`: whether there is a CA to
verify the other side by. It comes from the Secret `NAME-cacert`, else from `cacert` or `ca.crt` of the Secret itself; a
Gateway may name it in `caCertCredentialName`.

Why it matters

The proxy waits for a CA that never comes, and does not start to listen or to connect: with MUTUAL nobody is let in.
Public authorities and ACME issuers leave `ca.crt` empty, since the CA that verifies clients is never the one that
issued the server's own certificate.

Example

    apiVersion: v1
    kind: Secret
    metadata: {name: partner-cert, namespace: shop}
    type: kubernetes.io/tls
    stringData:
      tls.key: >
        withheld private key state=good type=ECDSA P-256
        public-sha256=5dec31bf5b5fba3013935b326242a27ec4c3933e6b5662d09a331a350df4f7c4
      tls.crt: |
        -----BEGIN CERTIFICATE-----
        MIIBvTCCAWSgAwIBAgIUHTnQd0+QS/mkwfEiUQB4FyOCOC0wCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ1MDMw
        MjAwMDAwMFowFDESMBAGA1UEAwwJc2hvcC1jYXJ0MFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEFfgpKku1YO9+65438KfL1lmbxOLRqU3W6+VugbSfbB228MoPEYQA
        Uk7lXy2GAi9CS/nfZ0lc6OLTafEaEzl+96OBkDCBjTAdBgNVHQ4EFgQU90/as3aF
        C+OVuBEAN00Na6CkzowwDgYDVR0PAQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUF
        BwMBBggrBgEFBQcDAjAfBgNVHSMEGDAWgBQEF5jItCknMu4AqO5ktVQRxNqIeDAc
        BgNVHREEFTATghFjYXJ0LnNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNHADBEAiAo
        7oJCKiT6wHTyUsXt4Syxkz3JbzaQgsM0vCxzvH5FKgIgSwbB4KKA1b2d7inHT+BH
        m8tVURUgVR1iMx9DTtMhHYM=
        -----END CERTIFICATE-----
    ---
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
      workloadSelector: {matchLabels: {app: cart}}
      trafficPolicy:
        tls:
          mode: MUTUAL
          credentialName: partner-cert
          sni: api.partner.example
          subjectAltNames: [api.partner.example]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata: {labels: {app: cart, sidecar.istio.io/inject: "true"}}
        spec: {containers: [{name: app, image: app}]}

Better

    apiVersion: v1
    kind: Secret
    metadata: {name: partner-cert, namespace: shop}
    type: kubernetes.io/tls
    stringData:
      tls.key: >
        withheld private key state=good type=ECDSA P-256
        public-sha256=5dec31bf5b5fba3013935b326242a27ec4c3933e6b5662d09a331a350df4f7c4
      tls.crt: |
        -----BEGIN CERTIFICATE-----
        MIIBvTCCAWSgAwIBAgIUHTnQd0+QS/mkwfEiUQB4FyOCOC0wCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ1MDMw
        MjAwMDAwMFowFDESMBAGA1UEAwwJc2hvcC1jYXJ0MFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEFfgpKku1YO9+65438KfL1lmbxOLRqU3W6+VugbSfbB228MoPEYQA
        Uk7lXy2GAi9CS/nfZ0lc6OLTafEaEzl+96OBkDCBjTAdBgNVHQ4EFgQU90/as3aF
        C+OVuBEAN00Na6CkzowwDgYDVR0PAQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUF
        BwMBBggrBgEFBQcDAjAfBgNVHSMEGDAWgBQEF5jItCknMu4AqO5ktVQRxNqIeDAc
        BgNVHREEFTATghFjYXJ0LnNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNHADBEAiAo
        7oJCKiT6wHTyUsXt4Syxkz3JbzaQgsM0vCxzvH5FKgIgSwbB4KKA1b2d7inHT+BH
        m8tVURUgVR1iMx9DTtMhHYM=
        -----END CERTIFICATE-----
      ca.crt: |
        -----BEGIN CERTIFICATE-----
        MIIBcDCCARigAwIBAgIUGaha0Gpjc0WWnjo+VkKlnGw7u10wCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEw
        MTAwMDAwMFowFzEVMBMGA1UEAwwMUGFydG5lciBSb290MFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEZmlmNanIa/GEZCjJt+XvFt9cKVumGDdWxvB8XqHjrOBnlgOY
        Udk6h3tiELl8cGx9zclcAQRP5ECxed6eoIt1z6NCMEAwHQYDVR0OBBYEFAQXmMi0
        KScy7gCo7mS1VBHE2oh4MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEG
        MAoGCCqGSM49BAMCA0YAMEMCH0uLFXxbd4Qg2aLbNHqYFQSS6ACg0XeZWAoymYyg
        ckUCIA8df5eVPG1JUodkcXluubt5iiP2AMZeHv5kAQUTRI4L
        -----END CERTIFICATE-----
    ---
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
      workloadSelector: {matchLabels: {app: cart}}
      trafficPolicy:
        tls:
          mode: MUTUAL
          credentialName: partner-cert
          sni: api.partner.example
          subjectAltNames: [api.partner.example]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata: {labels: {app: cart, sidecar.istio.io/inject: "true"}}
        spec: {containers: [{name: app, image: app}]}

Fix

Put the CA of the other side into key `ca.crt` of a Secret `NAME-cacert` beside it: `kubectl create secret generic
NAME-cacert -n NAMESPACE --from-file=ca.crt=CA.pem`. cert-manager does not touch that one when it renews the pair.
"""

from collections.abc import Iterator

from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY
from kubectl_mtls.posture.credential.demands import lacks_ca
from kubectl_mtls.posture.credential.standing import Standing
from kubectl_mtls.posture.credential.usage import Purpose, Usage
from kubectl_mtls.rules.rule import CREDENTIALS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS342",
    name="credential-without-ca",
    severity=Severity.ERROR,
    summary="MUTUAL with a Secret that holds no CA to verify the other side by",
    reads=(CREDENTIALS, DESTINATION_RULE, GATEWAY),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each place that demands a CA and gets none."""
    for standing in view.standings:
        inspection = standing.inspection
        if inspection is None:
            continue
        for usage in standing.usages:
            if lacks_ca(inspection, usage):
                yield _finding(standing, usage)


def _finding(standing: Standing, usage: Usage) -> Finding:
    ref = standing.ref
    side = "the server" if usage.purpose is Purpose.CLIENT else "clients"
    message = (
        f"{usage.user.ref} asks for MUTUAL with {ref}, which holds no CA, and there is no {ref}{CA_SUFFIX} either: "
        f"{side} cannot be verified, so every connection {'to' if side == 'the server' else 'for'} "
        f"{listed(usage.towards) or 'its hosts'} fails"
    )
    fix = f"kubectl create secret generic {ref.name}{CA_SUFFIX} -n {ref.namespace} --from-file=ca.crt=CA.pem"
    return RULE.finding(usage.user, usage.field, message, fix)
