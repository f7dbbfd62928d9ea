"""The certificate that istiod signs with ends soon.

What it checks

The signing certificate in Secret `cacerts` or `istio-ca-secret` and what stands between it and the root: a warning from
30 days before the first of them ends, an error from 7 days before. Asked only where the Secret may be read: in files,
or with `--read-ca`.

Why it matters

istiod cuts workload certificates to the end of its signing certificate: in the last day they get shorter and shorter
and are renewed ever more often, then nothing is signed at all, and within minutes no proxy has a valid certificate.

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
    metadata: {name: cacerts, namespace: istio-system}
    stringData:
      ca-key.pem: >
        withheld private key state=good type=ECDSA P-256
        public-sha256=56a4235586e7fa161478230512e58846eef8718c76adc4189a8ccf539764b0e6
      ca-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUe+pafIhQBrJKIOY4GxJhlL57KvowCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTI2MDgx
        NDAwMDAwMFowHDEaMBgGA1UEAwwRTWVzaCBJbnRlcm1lZGlhdGUwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAQzEfucyv7k8Lmf3nPDoE6C0eDzyuzwPV0NuJFHwG8K
        kuEdSIhUYK3nJly8Mkw6UdSgtt55tQrTi1HLJGUVpO5po2YwZDAdBgNVHQ4EFgQU
        jpOGfO94XZRBqUI0b9vS0PGnNXkwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8B
        Af8EBAMCAQYwHwYDVR0jBBgwFoAUBBeYyLQpJzLuAKjuZLVUEcTaiHgwCgYIKoZI
        zj0EAwIDRwAwRAIgDZXGg6R+Q372vQL7nV2VXyyVDFy2nNIYKPI9uXEZ+6ACIFPG
        dA8JG+MXFJVpBAXmanIZzPsgBRLD+qWivZvQMUit
        -----END CERTIFICATE-----
      cert-chain.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUe+pafIhQBrJKIOY4GxJhlL57KvowCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTI2MDgx
        NDAwMDAwMFowHDEaMBgGA1UEAwwRTWVzaCBJbnRlcm1lZGlhdGUwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAQzEfucyv7k8Lmf3nPDoE6C0eDzyuzwPV0NuJFHwG8K
        kuEdSIhUYK3nJly8Mkw6UdSgtt55tQrTi1HLJGUVpO5po2YwZDAdBgNVHQ4EFgQU
        jpOGfO94XZRBqUI0b9vS0PGnNXkwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8B
        Af8EBAMCAQYwHwYDVR0jBBgwFoAUBBeYyLQpJzLuAKjuZLVUEcTaiHgwCgYIKoZI
        zj0EAwIDRwAwRAIgDZXGg6R+Q372vQL7nV2VXyyVDFy2nNIYKPI9uXEZ+6ACIFPG
        dA8JG+MXFJVpBAXmanIZzPsgBRLD+qWivZvQMUit
        -----END CERTIFICATE-----
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
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: cacerts, namespace: istio-system}
    stringData:
      ca-key.pem: >
        withheld private key state=good type=ECDSA P-256
        public-sha256=56a4235586e7fa161478230512e58846eef8718c76adc4189a8ccf539764b0e6
      ca-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBnDCCAUGgAwIBAgIUJvKxJnJ9VSXwtCRiCHeucFBQ4VcwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ1MDMw
        MjAwMDAwMFowHDEaMBgGA1UEAwwRTWVzaCBJbnRlcm1lZGlhdGUwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAQzEfucyv7k8Lmf3nPDoE6C0eDzyuzwPV0NuJFHwG8K
        kuEdSIhUYK3nJly8Mkw6UdSgtt55tQrTi1HLJGUVpO5po2YwZDAdBgNVHQ4EFgQU
        jpOGfO94XZRBqUI0b9vS0PGnNXkwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8B
        Af8EBAMCAQYwHwYDVR0jBBgwFoAUBBeYyLQpJzLuAKjuZLVUEcTaiHgwCgYIKoZI
        zj0EAwIDSQAwRgIhAOxRR5SBsVz8sCpOBGTZgBUOgErwpuIoRXQJxXwPCDqjAiEA
        gNCWF/LD/eHHAAp4BBk3HuK5gZyGufQFq7wYKp1d6nA=
        -----END CERTIFICATE-----
      cert-chain.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBnDCCAUGgAwIBAgIUJvKxJnJ9VSXwtCRiCHeucFBQ4VcwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMUGFydG5lciBSb290MB4XDTI2MDEwMTAwMDAwMFoXDTQ1MDMw
        MjAwMDAwMFowHDEaMBgGA1UEAwwRTWVzaCBJbnRlcm1lZGlhdGUwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAQzEfucyv7k8Lmf3nPDoE6C0eDzyuzwPV0NuJFHwG8K
        kuEdSIhUYK3nJly8Mkw6UdSgtt55tQrTi1HLJGUVpO5po2YwZDAdBgNVHQ4EFgQU
        jpOGfO94XZRBqUI0b9vS0PGnNXkwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8B
        Af8EBAMCAQYwHwYDVR0jBBgwFoAUBBeYyLQpJzLuAKjuZLVUEcTaiHgwCgYIKoZI
        zj0EAwIDSQAwRgIhAOxRR5SBsVz8sCpOBGTZgBUOgErwpuIoRXQJxXwPCDqjAiEA
        gNCWF/LD/eHHAAp4BBk3HuK5gZyGufQFq7wYKp1d6nA=
        -----END CERTIFICATE-----
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

Issue a new intermediate under the same root and write certificate, key and chain into `cacerts` in one step, with
`root-cert.pem` unchanged byte for byte: istiod loads it without a restart.
"""

from collections.abc import Iterator

from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.layout import Role
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.credential.margin import resolve_margin
from kubectl_mtls.rules.rule import SIGNING_CA, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import ending

RULE = Rule(
    code="MTLS408",
    name="expiring-signing-ca",
    severity=Severity.WARNING,
    summary="Signing certificate of istiod that ends soon, or has ended",
    reads=(SIGNING_CA,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each signing Secret, about what ends first below its root: roots are another rule's."""
    for inspection in view.inspections.values():
        if inspection.role not in (Role.PLUGGED_CA, Role.SELF_SIGNED_CA):
            continue
        below_root = [one for one in inspection.path or inspection.chain.presented[:1] if not one.self_issued]
        weakest = weakest_link(below_root)
        if weakest is None:
            continue
        margin = resolve_margin(weakest, renews_itself=False, asked=view.expiring_within)
        if margin.is_near(weakest.not_after, view.now):
            severity = Severity.ERROR if margin.is_urgent(weakest.not_after, view.now) else Severity.WARNING
            message = (
                f"{inspection.ref}: the signing certificate {weakest.subject.short} "
                f"{ending(weakest.not_after, view.now)}: then istiod can sign nothing, and no workload keeps a "
                "certificate for longer"
            )
            field = f"data[{inspection.layout.certificate_key}]"
            yield RULE.finding(inspection.secret.metadata, field, message, _FIX, severity=severity)


_FIX = "write a new intermediate of the same root into it, root-cert.pem unchanged: istiod loads it while it runs"
