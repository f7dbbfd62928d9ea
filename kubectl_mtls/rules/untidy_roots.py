"""The roots in use are in an order, or in a number, that does harm.

What it checks

The certificates of the root in use (ConfigMap `istio-ca-root-cert` in the control plane's namespace) among each other:
an expired root in front of its successor with the same name and key, and the same certificate twice.

Why it matters

istiod's own rotation re-signs its root with the same key, so that old and new are interchangeable. Proxies take the
first that fits: when that has expired, they refuse everything with `CERTIFICATE_EXPIRED`, although the good root is
there too. A duplicate only makes every handshake's search longer, and shows that two hands write the bundle.

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

Write each root once into `root-cert.pem` of the signing Secret, the newest first.
"""

from collections.abc import Iterator

from kubectl_mtls.certs.bundle import bundle_problems
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.root_copy import ROOT_KEY
from kubectl_mtls.posture.mesh.trust import resolve_roots
from kubectl_mtls.rules.rule import ROOT_COPIES, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS407",
    name="untidy-roots",
    severity=Severity.INFO,
    summary="Roots in use twice, or an expired one in front of its successor",
    reads=(ROOT_COPIES,),
    doc=__doc__,
)

_SEVERITIES = {
    ProblemCode.EXPIRED_TWIN_FIRST: Severity.ERROR,
    ProblemCode.DUPLICATE_CERTIFICATE: Severity.INFO,
}


def check(view: View) -> Iterator[Finding]:
    """One finding for each."""
    roots = resolve_roots(view.snapshot)
    if roots.copy is None:
        return
    anchors = [(ROOT_KEY, certificate) for certificate in roots.certificates]
    for problem in bundle_problems(anchors, view.now):
        if severity := _SEVERITIES.get(problem.code):
            message = f"{roots.copy.metadata.ref}: {problem.message}"
            fix = "write each root once into root-cert.pem of the signing Secret, the newest first"
            yield RULE.finding(roots.copy.metadata, f"data.{ROOT_KEY}", message, fix, severity=severity)
