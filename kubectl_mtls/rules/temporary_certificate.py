"""The Secret holds a stand-in that cert-manager made until the issuer answers.

What it checks

Certificates whose issuer is `CN=cert-manager.local`: cert-manager makes them for Certificates with the annotation
`cert-manager.io/issue-temporary-certificate`.

Why it matters

No client trusts the stand-in. It is meant for seconds, and stays as long as the real issuance fails.

Example

    apiVersion: v1
    kind: Secret
    metadata:
      name: web-cert
      namespace: shop
    type: kubernetes.io/tls
    stringData:
      tls.crt: |
        -----BEGIN CERTIFICATE-----
        MIIByzCCAXCgAwIBAgIUN4LEqv34rgEjEXfuskvHZVpGRRcwCgYIKoZIzj0EAwIw
        HTEbMBkGA1UEAwwSY2VydC1tYW5hZ2VyLmxvY2FsMB4XDTI2MDUzMTAwMDAwMFoX
        DTI2MDgyOTAwMDAwMFowGzEZMBcGA1UEAwwQd2ViLnNob3AuZXhhbXBsZTBZMBMG
        ByqGSM49AgEGCCqGSM49AwEHA0IABMi+rqzNRJENE8nQ0hG3EjOx4KsRI9bmE2kA
        /2xVV15HJYXto9RE+Yfx8KfqZxGsc3kxor3fi/V+FmCqbsYPxfejgY8wgYwwHQYD
        VR0OBBYEFA9gg3mLDS43KOvNno3h/WhTwMT6MA4GA1UdDwEB/wQEAwIHgDAdBgNV
        HSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwHwYDVR0jBBgwFoAU1A4S8fbr9T3n
        OZDRZoKRCI+ffE8wGwYDVR0RBBQwEoIQd2ViLnNob3AuZXhhbXBsZTAKBggqhkjO
        PQQDAgNJADBGAiEAmdA3EUVs3DNcbzaB4AscY1ch9SpaVUUIGYtD8j6rJ3sCIQCj
        pJ1UUvtB3libGfIfSZwjX0w3t4pDLB19SKmK7IL2ww==
        -----END CERTIFICATE-----
      tls.key: not shown

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: web-cert
      namespace: shop
    type: kubernetes.io/tls
    stringData:
      tls.crt: |
        -----BEGIN CERTIFICATE-----
        MIIBxDCCAWqgAwIBAgIUCXo5MNlxaZ30UbSaJ0LUq41SGLowCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMRXhhbXBsZSBSb290MB4XDTI2MDUzMTAwMDAwMFoXDTI2MDgy
        OTAwMDAwMFowGzEZMBcGA1UEAwwQd2ViLnNob3AuZXhhbXBsZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABCvL5ST4kkawcWVjrmPtBUN3zLNQC1yrVq7rjN/rmjQN
        5uXZXudwQmD8binrgvaRHup/JeC01ALO68Mxez2JccCjgY8wgYwwHQYDVR0OBBYE
        FAup69Q5U8CrphR8Tq7Ad5pniEgcMA4GA1UdDwEB/wQEAwIHgDAdBgNVHSUEFjAU
        BggrBgEFBQcDAQYIKwYBBQUHAwIwHwYDVR0jBBgwFoAUzs9w/lizT2fqHgSgcssC
        jbcs2BcwGwYDVR0RBBQwEoIQd2ViLnNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNI
        ADBFAiBh7cslKVS1iWbt45JWbkLPI9VLliXgvui7Zs7MHJenSgIhAImLQ7vHUbIO
        cW4h73M2Ynx3IukhJafx8tyEM6C67BUw
        -----END CERTIFICATE-----
      tls.key: not shown

Fix

Find out why the issuer does not answer: `inspect-secret` says what the Certificate is waiting for.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS339",
    name="temporary-certificate",
    severity=Severity.ERROR,
    summary="cert-manager's stand-in is served until the issuer answers",
    reads=(SECRET,),
    doc=__doc__,
)

_STAND_IN = "CN=cert-manager.local"


def check(dossier: Dossier) -> Iterator[Finding]:
    """At most one."""
    inspection = dossier.inspection
    leaf = next(iter(inspection.chain.presented), None)
    if leaf and leaf.issuer.text == _STAND_IN:
        message = f"{inspection.ref} holds cert-manager's temporary certificate, which nobody trusts"
        data_key = inspection.layout.certificate_key
        fix = (
            "find out why the issuer does not answer: kubectl describe certificaterequests -n "
            + inspection.ref.namespace
        )
        yield RULE.finding(inspection.secret.metadata, f"data[{data_key}]", message, fix)
