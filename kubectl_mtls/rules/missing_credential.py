"""A credential is named, but its Secret is not where the proxy's own is looked up.

What it checks

Every `credentialName` of a DestinationRule or Gateway for which a proxy really asks: whether the Secret exists in the
namespace of that proxy (of the client's pod for a DestinationRule, of the gateway's pod for a Gateway), wherever the
object that names it lies. In files a Secret is missing only where they hold other Secrets of that namespace: many
repositories keep none.

Why it matters

istiod has nothing to send, so that the proxy waits for it: a client answers `503 UF` with
`Secret is not supplied by SDS`, a gateway resets connections to these hosts. In the first 15 seconds after the rule
appeared such a client even sends plaintext where it was automatic mutual TLS before.

Example

    apiVersion: v1
    kind: Secret
    metadata: {name: partner-certificate, namespace: shop}
    stringData: {note: the name in the rule is another}
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

Create the Secret in the namespace of the proxies, with certificate, key and CA: `kubectl mtls rotate secret/NAME -n
NAMESPACE --create --cert CERT.pem --key KEY.pem --ca CA.pem`; or correct the name.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY, POD
from kubectl_mtls.posture.credential.standing import Standing, State
from kubectl_mtls.posture.credential.usage import Purpose, Usage
from kubectl_mtls.rules.rule import CREDENTIALS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS340",
    name="missing-credential",
    severity=Severity.ERROR,
    summary="Credential whose Secret is not in the namespace of the proxy that asks for it",
    reads=(CREDENTIALS, DESTINATION_RULE, GATEWAY, POD),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each place that names a missing Secret."""
    for standing in view.standings:
        if standing.state is not State.MISSING:
            continue
        for usage in standing.usages:
            if usage.caveat is None and any(one.namespace == standing.ref.namespace for one in usage.askers):
                yield _finding(standing, usage)


def _finding(standing: Standing, usage: Usage) -> Finding:
    ref = standing.ref
    is_client = usage.purpose in (Purpose.CLIENT, Purpose.CLIENT_CA)
    symptom = "calls fail with 503 UF" if is_client else "connections are reset"
    message = (
        f"{usage.user.ref} names {ref}, which does not exist in namespace {ref.namespace}, where the proxies of "
        f"{listed(str(one.workload) for one in usage.askers)} look for it: "
        f"{'towards' if is_client else 'for'} {listed(usage.towards) or 'its hosts'} {symptom}"
    )
    parts = "--cert CERT.pem --key KEY.pem" + (
        "" if usage.purpose is Purpose.SERVER and not usage.demands_ca else " --ca CA.pem"
    )
    fix = f"kubectl mtls rotate {ref} -n {ref.namespace} --create {parts}"
    return RULE.finding(usage.user, usage.field, message, fix)
