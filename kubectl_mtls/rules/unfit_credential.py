"""A sound certificate is used for what it is not made for.

What it checks

The certificates that DestinationRules and Gateways name, against their use: as a client certificate it needs
`clientAuth`, as a server certificate `serverAuth` (RFC 5280, 4.2.1.12; one without extended key usage is good for
both), and a server certificate needs the names of the hosts that it is served for among its alternative names (RFC
9525: the common name does not count).

Why it matters

The handshake fails in this one role only, so that the same file passes every test as the other. Public authorities no
longer issue certificates with `clientAuth` since 2026: a renewal takes it away from one day to the next.

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
        MIIBszCCAVqgAwIBAgIUIuGgX37rHFOEDzNRBvHeN4XaxSIwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ1MDMw
        MjAwMDAwMFowFDESMBAGA1UEAwwJc2hvcC1jYXJ0MFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEFfgpKku1YO9+65438KfL1lmbxOLRqU3W6+VugbSfbB228MoPEYQA
        Uk7lXy2GAi9CS/nfZ0lc6OLTafEaEzl+96OBhjCBgzAdBgNVHQ4EFgQU90/as3aF
        C+OVuBEAN00Na6CkzowwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUF
        BwMBMB8GA1UdIwQYMBaAFAQXmMi0KScy7gCo7mS1VBHE2oh4MBwGA1UdEQQVMBOC
        EWNhcnQuc2hvcC5leGFtcGxlMAoGCCqGSM49BAMCA0cAMEQCIDc8ulET0Y0LMVWD
        dxxIBPJFvtsGNjZjmcaKTUKLyHtXAiBhewYwT6T1SoEw0My78SIzjEnWrFYtS6Pq
        iLQKN786/g==
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

Ask the issuer for a certificate with the extended key usage and the names that are missing, then `rotate` the Secret. A
client certificate for a partner comes from the partner's CA or your own, not from a public one."""

from collections.abc import Iterator

from kubectl_mtls.certs.host import serves_host
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY
from kubectl_mtls.posture.credential.demands import lacks_role
from kubectl_mtls.posture.credential.usage import Purpose, Usage
from kubectl_mtls.rules.remedy import rotate
from kubectl_mtls.rules.rule import CREDENTIALS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS343",
    name="unfit-credential",
    severity=Severity.ERROR,
    summary="Certificate that is not made for its use: the role or the host is not in it",
    reads=(CREDENTIALS, DESTINATION_RULE, GATEWAY),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each use; what no handshake takes at all is told of the Secret itself."""
    for standing in view.standings:
        inspection = standing.inspection
        if inspection is None or not inspection.chain.presented:
            continue
        for usage in standing.usages:
            if usage.caveat is None and usage.purpose in (Purpose.CLIENT, Purpose.SERVER):
                yield from _of_role(inspection, usage)
                yield from _of_hosts(inspection, usage)


def _of_role(inspection: Inspection, usage: Usage) -> Iterator[Finding]:
    reason = lacks_role(inspection, usage)
    if reason is None:
        return
    as_client = usage.purpose is Purpose.CLIENT
    message = (
        f"{usage.user.ref} uses {inspection.ref} as {usage.purpose}, for which it is not made: {reason}; "
        f"connections {'to' if as_client else 'for'} {listed(usage.towards) or 'its hosts'} fail"
    )
    lacks = "clientAuth" if as_client else "serverAuth"
    yield RULE.finding(
        usage.user,
        usage.field,
        message,
        f"get a certificate with {lacks} from its issuer, then {rotate(inspection.ref)}",
    )


def _of_hosts(inspection: Inspection, usage: Usage) -> Iterator[Finding]:
    """Only of gateways: a client's certificate names the client."""
    if usage.purpose is not Purpose.SERVER:
        return
    hosts = [host.rpartition("/")[2] for host in usage.towards]
    unnamed = [host for host in hosts if not serves_host(inspection.chain.presented[0], host)]
    if unnamed:
        message = (
            f"{usage.user.ref} serves {listed(unnamed)} with {inspection.ref}, which does not name "
            f"{'it' if len(unnamed) == 1 else 'them'}: clients that verify the name refuse it"
        )
        fix = f"get a certificate with DNS:{unnamed[0]} from its issuer, then {rotate(inspection.ref)}"
        yield RULE.finding(usage.user, usage.field, message, fix, severity=Severity.WARNING)
