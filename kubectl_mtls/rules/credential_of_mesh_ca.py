"""A client certificate for a server outside of the mesh was issued by the mesh's own CA.

What it checks

The client certificates that DestinationRules name (mode MUTUAL) for hosts that are no Services of the mesh: whether
their chain leads to the root in use.

Why it matters

A partner can let this certificate in only by trusting the mesh's root, and then trusts every workload of the mesh as
well, whatever its namespace: any pod's own certificate opens the same door. It also ends when the mesh's root is
replaced, which nobody at the partner's expects.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: istio-system}
    data:
      root-cert.pem: |
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

Better

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: istio-system}
    data:
      root-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBbTCCARSgAwIBAgIUKSjX9GzCMKWUHdpUnapK72KylY8wCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKT3RoZXIgUm9vdDAeFw0yNjAxMDEwMDAwMDBaFw00NjAxMDEw
        MDAwMDBaMBUxEzARBgNVBAMMCk90aGVyIFJvb3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATe6tuCEthk2LdICyxNfAJzJKrKqT5eje8434V/61aLOqdnt78DrMIB
        Aq3WvHsGHp4VykldNaFkovUH3l4L6KKlo0IwQDAdBgNVHQ4EFgQUDm3DuKOqdrkX
        tGCxlQAl/3Uxy8MwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYI
        KoZIzj0EAwIDRwAwRAIgVKVPgUN8yg2c86qec59w52AjJM++zYIxlbjBSkCSfgMC
        ICpSs8WWWWdcenhYK21MzuMPgCpxWYkymy0rDkMQ/9Lm
        -----END CERTIFICATE-----
    ---
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

Get a certificate from the partner's CA, or from a CA of your own that signs nothing else; or ask the partner to check
the certificate's names besides its issuer."""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE
from kubectl_mtls.posture.credential.usage import Purpose, Usage
from kubectl_mtls.posture.mesh.trust import resolve_roots
from kubectl_mtls.rules.rule import CREDENTIALS, ROOT_COPIES, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS409",
    name="credential-of-mesh-ca",
    severity=Severity.INFO,
    summary="Client certificate for a server outside that was issued by the mesh's own CA",
    reads=(CREDENTIALS, DESTINATION_RULE, SERVICE, ROOT_COPIES),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each use."""
    used = resolve_roots(view.snapshot).fingerprints
    for standing in view.standings:
        path = standing.inspection.client.path if standing.inspection and standing.inspection.client.ok else ()
        if not path or path[-1].sha256 not in used:
            continue
        for usage in standing.usages:
            if usage.purpose is Purpose.CLIENT and usage.caveat is None and not _is_inside(view, usage):
                message = (
                    f"{usage.user.ref} shows {standing.ref} to {listed(usage.towards)}, issued by the mesh's own CA: "
                    "who lets it in by its CA lets every workload of the mesh in"
                )
                fix = "get a certificate from the partner's CA, or from one that signs nothing else"
                yield RULE.finding(usage.user, usage.field, message, fix)


def _is_inside(view: View, usage: Usage) -> bool:
    services = {f"{service.metadata.name}.{service.metadata.namespace}.svc." for service in view.snapshot.services}
    return any(host.startswith(name) for host in usage.towards for name in services)
