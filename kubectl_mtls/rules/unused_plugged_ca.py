"""The plugged-in CA has another root than the mesh: istiod does not use it yet.

What it checks

The root in Secret `cacerts` against the root in use, which istiod writes into ConfigMap `istio-ca-root-cert` of its own
namespace; as sets of certificates. Asked only where the Secret may be read: in files, or with `--read-ca`.

Why it matters

istiod does not take over another root while it runs (`Multi root is disabled, updating new ROOT-CA not supported`), and
drops the new intermediate with it, without any status or event. A `cacerts` that appeared after istiod started is not
used at all. Its next restart, by an upgrade or a node that is replaced, then changes the root of the mesh at once:
certificates of the old and of the new root refuse each other until every proxy was restarted.

Example

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

Never restart istiod to "load" it. Put the old and the new root together into `root-cert.pem` while the old CA signs,
restart istiod and then every proxy, let the new one sign, and drop the old root a day later.
"""

from collections.abc import Iterator

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import Role
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.posture.mesh.trust import resolve_roots
from kubectl_mtls.rules.rule import ROOT_COPIES, SIGNING_CA, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS404",
    name="unused-plugged-ca",
    severity=Severity.ERROR,
    summary="Plugged-in CA with another root than the one in use: the next restart of istiod changes the mesh's root",
    reads=(SIGNING_CA, ROOT_COPIES),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding; a warning where the old root stays trusted."""
    roots = resolve_roots(view.snapshot)
    plugged = next((one for one in view.inspections.values() if one.role is Role.PLUGGED_CA), None)
    if plugged is None or not plugged.chain.anchors or roots.copy is None or roots.assumed:
        return
    own, used = {one.sha256 for one in plugged.chain.anchors}, roots.fingerprints
    if own == used:
        return
    message = _message(plugged, roots.certificates)
    severity = Severity.WARNING if own & used else Severity.ERROR
    yield RULE.finding(plugged.secret.metadata, f"data[{plugged.layout.ca_key}]", message, _FIX, severity=severity)


_FIX = "put both roots into it while the old CA signs; restart istiod and every proxy; then let the new CA sign"


def _message(plugged: Inspection, used: tuple[Certificate, ...]) -> str:
    held, trusted = (listed(one.subject.short for one in roots) for roots in (plugged.chain.anchors, used))
    return (
        f"{plugged.ref} holds the root {held}, but the mesh trusts {trusted}: istiod has not taken it over, "
        "and its next start changes the mesh's root"
    )
