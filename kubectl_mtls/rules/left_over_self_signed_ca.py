"""The CA that istiod once made for itself is still there beside the plugged-in one.

What it checks

Whether the control plane's namespace holds both Secrets, `cacerts` and `istio-ca-secret`. The rule is asked only where
those may be read: in files, or with `--read-ca`.

Why it matters

When `cacerts` is lost or emptied, istiod does not stop at its next start: it takes up the old self-signed root again
(security/pkg/pki/ca/ca.go), and new certificates are refused by all proxies that trust only the other one. Without the
left-over it would make a new root, which is no better, but an old key that nobody watches is a risk of its own.

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
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: istio-ca-secret, namespace: istio-system}
    stringData: {note: what istiod made before cacerts was there}

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

Once no proxy trusts or uses the self-signed root any longer (24 hours after the change): `kubectl delete secret
istio-ca-secret -n istio-system`. Until then it is the way back.
"""

from collections.abc import Iterator

from kubectl_mtls.certs.layout import PLUGGED_CA_SECRET, SELF_SIGNED_CA_SECRET
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.rules.remedy import delete
from kubectl_mtls.rules.rule import SIGNING_CA, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS403",
    name="left-over-self-signed-ca",
    severity=Severity.INFO,
    summary="istiod's own CA is still there beside the plugged-in one",
    reads=(SIGNING_CA,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each control plane's namespace that holds both."""
    by_key = {(secret.ref.namespace, secret.ref.name): secret for secret in view.snapshot.secrets}
    for namespace in sorted(view.control_planes):
        left = by_key.get((namespace, SELF_SIGNED_CA_SECRET))
        if left and (namespace, PLUGGED_CA_SECRET) in by_key:
            message = (
                f"{left.ref} is still there beside secret/{PLUGGED_CA_SECRET}: should that one get lost, istiod signs "
                "with the old self-signed root again at its next start, which the proxies do not trust"
            )
            yield RULE.finding(left.metadata, "", message, delete(left.metadata))
