"""The mesh trusts a certificate as its root that is none.

What it checks

Every certificate of the root in use (ConfigMap `istio-ca-root-cert` in the control plane's namespace): whether it is a
CA, and whether it is self-signed.

Why it matters

An intermediate works as a trust anchor for proxies, until it is renewed: then everything below the new one is refused,
at the moment that nobody thinks of as a change of root. OpenSSL and other clients refuse it even now, since they ask
for its issuer. A certificate that is no CA at all vouches for itself alone.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: istio-system}
    data:
      root-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUKgAwIBAgIUIg+20Zqg2tdOA4BQEjTbkqBqbggwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ1MDMw
        MjAwMDAwMFowHTEbMBkGA1UEAwwSUGFydG5lciBJc3N1aW5nIENBMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEEqRhCcTBndJ/q4ie8Le8k2C6yNIgiRocugTc0LJY
        q+v4NfVKrhgCJnWkz+uCIUxuMqIAzUB3xkNfW4UCOMKTiaNmMGQwHQYDVR0OBBYE
        FLBdMOS01mk+4RF94SGQhTMjejQ/MBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0P
        AQH/BAQDAgEGMB8GA1UdIwQYMBaAFAQXmMi0KScy7gCo7mS1VBHE2oh4MAoGCCqG
        SM49BAMCA0cAMEQCIAMLXzY0FvCW6ipjzK4RegoZyYe3hPBscF37I9lSpTiiAiBW
        HYjdVEIWNK9zpvtOoCbAA64QhsLCPFBMaBcg0uL4AA==
        -----END CERTIFICATE-----

Better

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

Fix

Put the root of the CA into `root-cert.pem` of Secret `cacerts`, beside the intermediate while that is in use, and the
intermediates into `cert-chain.pem`; then restart istiod and the proxies. trust-manager: source the root, not the
issuer."""

from collections.abc import Iterator

from kubectl_mtls.certs.bundle import bundle_problems
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.root_copy import ROOT_KEY
from kubectl_mtls.posture.mesh.trust import resolve_roots
from kubectl_mtls.rules.rule import ROOT_COPIES, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS406",
    name="unsuitable-root",
    severity=Severity.WARNING,
    summary="Root in use that is an intermediate, or no CA",
    reads=(ROOT_COPIES,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each certificate that is no root."""
    roots = resolve_roots(view.snapshot)
    if roots.copy is None:
        return
    anchors = [(ROOT_KEY, certificate) for certificate in roots.certificates]
    for problem in bundle_problems(anchors, view.now):
        if problem.code is ProblemCode.UNSUITABLE_ANCHOR:
            message = f"{roots.copy.metadata.ref}: {problem.message}"
            fix = "put the CA's root into root-cert.pem of the signing Secret, and intermediates into cert-chain.pem"
            yield RULE.finding(roots.copy.metadata, f"data.{ROOT_KEY}", message, fix)
