"""A certificate that proxies use ends soon.

What it checks

Of every Secret that a DestinationRule or Gateway names, the certificate that ends first of those that a handshake
needs, the CA included: a warning from 30 days before, an error from 7 days before. Short-lived certificates have
shorter margins (a third and a twelfth of their lifetime); what a controller renews by itself is late only when half of
its usual time for that is gone. `--expiring-within` and a policy file's `minimumLeft` take the place of these.

Why it matters

At that moment every new connection with it fails. Renewal by hand needs an order, an approval and a change window; and
a leaf that was just renewed does not help where the intermediate above it ends first.

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
        MIIBvTCCAWSgAwIBAgIUeBC9mVdMaVWAowuwks+i04LlMKcwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTI2MDgw
        OTAwMDAwMFowFDESMBAGA1UEAwwJc2hvcC1jYXJ0MFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEFfgpKku1YO9+65438KfL1lmbxOLRqU3W6+VugbSfbB228MoPEYQA
        Uk7lXy2GAi9CS/nfZ0lc6OLTafEaEzl+96OBkDCBjTAdBgNVHQ4EFgQU90/as3aF
        C+OVuBEAN00Na6CkzowwDgYDVR0PAQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUF
        BwMBBggrBgEFBQcDAjAfBgNVHSMEGDAWgBQEF5jItCknMu4AqO5ktVQRxNqIeDAc
        BgNVHREEFTATghFjYXJ0LnNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNHADBEAiBe
        oRphemmfAjkCvcfW/z5bYteHVYSsO0i4c1E6+u039AIgUFCEK8/GN6zue6KlHRrT
        OBMUb7x2KrE9Y0S+Fg/axY8=
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

`kubectl mtls rotate secret/NAME -n NAMESPACE --cert NEW.pem --key NEW.key --ca CA.pem` checks the new files and keeps
the old version. Where cert-manager keeps it: `kubectl describe certificate NAME` says why it was not renewed.
"""

from collections.abc import Iterator

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.policy import Subject
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE, GATEWAY
from kubectl_mtls.posture.credential.margin import resolve_margin
from kubectl_mtls.posture.credential.purposes import resolve_purposes
from kubectl_mtls.posture.credential.standing import Standing, State
from kubectl_mtls.rules.remedy import rotate
from kubectl_mtls.rules.rule import CREDENTIALS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import ending, listed

RULE = Rule(
    code="MTLS341",
    name="expiring-credential",
    severity=Severity.WARNING,
    summary="Certificate of a DestinationRule or Gateway that ends soon",
    reads=(CREDENTIALS, DESTINATION_RULE, GATEWAY),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each Secret; one that has ended is another rule's."""
    for standing in view.standings:
        weakest = standing.weakest
        if standing.state is State.EXPIRING and weakest and standing.inspection and not _is_decided(view, standing):
            renews_itself = standing.inspection.secret.kept_by is not None
            is_urgent = resolve_margin(weakest, renews_itself=renews_itself).is_urgent(weakest.not_after, view.now)
            severity = Severity.ERROR if is_urgent else Severity.WARNING
            yield _finding(view, standing, weakest, severity)


def _is_decided(view: View, standing: Standing) -> bool:
    """Whether a policy says for this Secret how near its end may be."""
    if view.policy is None or view.expiring_within is not None or standing.inspection is None:
        return False
    purposes = resolve_purposes(standing.inspection, standing.usages)
    return view.policy.says_when(Subject(standing.inspection, purposes))


def _finding(view: View, standing: Standing, weakest: Certificate, severity: Severity) -> Finding:
    ref, inspection = standing.ref, standing.inspection
    assert inspection is not None
    users = listed(usage.user.ref.seen_from(ref.namespace) for usage in standing.usages)
    found = next((one for one in inspection.certificates if one.certificate == weakest), None)
    which = "" if inspection.chain.presented[:1] == (weakest,) else f' ("{weakest.subject.short}")'
    message = f"{ref} {ending(weakest.not_after, view.now)}{which}: connections with it by {users} fail from then on"
    kept_by = inspection.secret.kept_by
    fix = rotate(ref)
    if kept_by:
        keeper = kept_by.partition(" ")[0]
        fix = f"find out why {kept_by} has not renewed it: kubectl describe {keeper} -n {ref.namespace}"
    field = f"data[{found.data_key}]" if found else ""
    return RULE.finding(inspection.secret.metadata, field, message, fix, severity=severity)
