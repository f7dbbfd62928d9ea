"""The API server does not trust the sidecar injector: the webhook's caBundle is not the mesh's root.

What it checks

`clientConfig.caBundle` of Istio's injector webhooks against the root in use (ConfigMap `istio-ca-root-cert` in the
control plane's namespace). Only where istiod's own serving certificate comes from the mesh's CA (`PILOT_CERT_PROVIDER`
unset or `istiod`). In files an empty bundle is usual: istiod writes it.

Why it matters

istiod writes the bundle after every change of its root. Where it could not, or where Helm or a GitOps controller put an
older one back, the API server cannot call the injector: with `failurePolicy: Fail` no new pod starts
(`x509: certificate signed by unknown authority`), with `Ignore` pods start without a sidecar and speak plaintext.

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
    apiVersion: admissionregistration.k8s.io/v1
    kind: MutatingWebhookConfiguration
    metadata: {name: istio-sidecar-injector, labels: {app: sidecar-injector, istio.io/rev: default}}
    webhooks:
    - name: rev.namespace.sidecar-injector.istio.io
      failurePolicy: Fail
      clientConfig:
        service: {name: istiod, namespace: istio-system, path: /inject}
        caBundle: |-
          LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJiVENDQVJTZ0F3SUJBZ0lVS1NqWDlHekNN
          S1dVSGRwVW5hcEs3Mkt5bFk4d0NnWUlLb1pJemowRUF3SXcKRlRFVE1CRUdBMVVFQXd3S1QzUm9a
          WElnVW05dmREQWVGdzB5TmpBeE1ERXdNREF3TURCYUZ3MDBOakF4TURFdwpNREF3TURCYU1CVXhF
          ekFSQmdOVkJBTU1DazkwYUdWeUlGSnZiM1F3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPClBRTUJC
          d05DQUFUZTZ0dUNFdGhrMkxkSUN5eE5mQUp6SktyS3FUNWVqZTg0MzRWLzYxYUxPcWRudDc4RHJN
          SUIKQXEzV3ZIc0dIcDRWeWtsZE5hRmtvdlVIM2w0TDZLS2xvMEl3UURBZEJnTlZIUTRFRmdRVURt
          M0R1S09xZHJrWAp0R0N4bFFBbC8zVXh5OE13RHdZRFZSMFRBUUgvQkFVd0F3RUIvekFPQmdOVkhR
          OEJBZjhFQkFNQ0FRWXdDZ1lJCktvWkl6ajBFQXdJRFJ3QXdSQUlnVktWUGdVTjh5ZzJjODZxZWM1
          OXc1MkFqSk0rK3pZSXhsYmpCU2tDU2ZnTUMKSUNwU3M4V1dXV2RjZW5oWUsyMU16dU1QZ0NweFdZ
          a3lteTByRGtNUS85TG0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=

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
    apiVersion: admissionregistration.k8s.io/v1
    kind: MutatingWebhookConfiguration
    metadata: {name: istio-sidecar-injector, labels: {app: sidecar-injector, istio.io/rev: default}}
    webhooks:
    - name: rev.namespace.sidecar-injector.istio.io
      failurePolicy: Fail
      clientConfig:
        service: {name: istiod, namespace: istio-system, path: /inject}
        caBundle: |-
          LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJjRENDQVJpZ0F3SUJBZ0lVR2FoYTBHcGpj
          MFdXbmpvK1ZrS2xuR3c3dTEwd0NnWUlLb1pJemowRUF3SXcKRnpFVk1CTUdBMVVFQXd3TVVHRnlk
          RzVsY2lCU2IyOTBNQjRYRFRJMk1ERXdNVEF3TURBd01Gb1hEVFEyTURFdwpNVEF3TURBd01Gb3dG
          ekVWTUJNR0ExVUVBd3dNVUdGeWRHNWxjaUJTYjI5ME1Ga3dFd1lIS29aSXpqMENBUVlJCktvWkl6
          ajBEQVFjRFFnQUVabWxtTmFuSWEvR0VaQ2pKdCtYdkZ0OWNLVnVtR0RkV3h2QjhYcUhqck9Cbmxn
          T1kKVWRrNmgzdGlFTGw4Y0d4OXpjbGNBUVJQNUVDeGVkNmVvSXQxejZOQ01FQXdIUVlEVlIwT0JC
          WUVGQVFYbU1pMApLU2N5N2dDbzdtUzFWQkhFMm9oNE1BOEdBMVVkRXdFQi93UUZNQU1CQWY4d0Rn
          WURWUjBQQVFIL0JBUURBZ0VHCk1Bb0dDQ3FHU000OUJBTUNBMFlBTUVNQ0gwdUxGWHhiZDRRZzJh
          TGJOSHFZRlFTUzZBQ2cwWGVaV0FveW1ZeWcKY2tVQ0lBOGRmNWVWUEcxSlVvZGtjWGx1dWJ0NWlp
          UDJBTVplSHY1a0FRVVRSSTRMCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K

Fix

`kubectl rollout restart deployment istiod -n istio-system`: istiod writes the bundle anew. When it turns stale again,
tell Helm or the GitOps controller to ignore `caBundle`."""

from collections.abc import Iterator

from kubectl_mtls.certs.certificate import parse_certificates
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DEPLOYMENT, MUTATING_WEBHOOK
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.webhook_bundle import InjectorWebhooks, WebhookBundle
from kubectl_mtls.posture.mesh.trust import Roots, resolve_roots
from kubectl_mtls.rules.rule import ROOT_COPIES, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS405",
    name="stale-webhook-bundle",
    severity=Severity.ERROR,
    summary="Injector webhook whose caBundle is not the mesh's root: pods do not start, or without sidecar",
    reads=(MUTATING_WEBHOOK, ROOT_COPIES, DEPLOYMENT),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each configuration, about its first webhook with another bundle."""
    roots = resolve_roots(view.snapshot)
    if roots.copy is None or roots.assumed:
        return
    for webhooks in view.snapshot.injector_webhooks:
        is_chart = isinstance(webhooks.metadata.origin, FileOrigin)
        stale = [one for one in webhooks.bundles if _is_stale(view, roots, one, is_chart=is_chart)]
        if stale:
            yield _finding(webhooks, stale[0], roots)


def _is_stale(view: View, roots: Roots, bundle: WebhookBundle, *, is_chart: bool) -> bool:
    """An empty bundle is how charts have it: istiod fills it on the cluster."""
    if roots.copy is None or bundle.service_namespace != roots.copy.metadata.namespace:
        return False
    istiods = [one for one in view.snapshot.istiods if one.metadata.namespace == bundle.service_namespace]
    if any(one.flags.get("PILOT_CERT_PROVIDER", "istiod") != "istiod" for one in istiods):
        return False
    if bundle.pem == b"":
        return not is_chart
    trusted = {one.sha256 for one in parse_certificates(bundle.pem or b"")[0]}
    return not trusted & roots.fingerprints


def _finding(webhooks: InjectorWebhooks, bundle: WebhookBundle, roots: Roots) -> Finding:
    held = parse_certificates(bundle.pem or b"")[0]
    what = f"holds {listed(one.subject.short for one in held)}" if held else "holds no certificate"
    root = listed(one.subject.short for one in roots.certificates)
    message = (
        f"{webhooks.metadata.ref} {what}, not the mesh's root {root}: "
        "the API server cannot call the injector, so new pods do not start, or start without a sidecar"
    )
    fix = f"kubectl rollout restart deployment istiod -n {bundle.service_namespace}"
    return RULE.finding(webhooks.metadata, bundle.field, message, fix)
