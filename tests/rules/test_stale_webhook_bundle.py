import base64
from dataclasses import replace

import pytest

from kubectl_mtls.rules.stale_webhook_bundle import check
from tests.rules.mesh import NEW_ROOT, OLD_ROOT, found, root_copy, view_of

FIELD = "webhooks.0.clientConfig.caBundle"
STALE = [("mutatingwebhookconfiguration/istio-sidecar-injector", FIELD)]


def webhook(pem: str, *, namespace: str = "istio-system", name: str = "namespace.sidecar-injector.istio.io") -> str:
    return f"""---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: istio-sidecar-injector}}
webhooks:
- name: {name}
  clientConfig:
    service: {{name: istiod, namespace: {namespace}}}
    caBundle: "{base64.b64encode(pem.encode()).decode()}"
"""


def istiod(provider: str) -> str:
    return f"""---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: istiod, namespace: istio-system, labels: {{app: istiod}}}}
spec:
  template:
    spec:
      containers: [{{name: discovery, image: "pilot:1", env: [{{name: PILOT_CERT_PROVIDER, value: "{provider}"}}]}}]
"""


CASES = {
    "another root": (root_copy(NEW_ROOT) + webhook(OLD_ROOT), STALE),
    "no finding: the root": (root_copy(NEW_ROOT) + webhook(NEW_ROOT), []),
    "no finding: the root and another one": (root_copy(NEW_ROOT) + webhook(OLD_ROOT + NEW_ROOT), []),
    "no finding: one of two roots": (root_copy(OLD_ROOT, NEW_ROOT) + webhook(NEW_ROOT), []),
    "no certificate in it": (root_copy(NEW_ROOT) + webhook("none"), STALE),
    "no finding: nobody knows the root": (webhook(OLD_ROOT), []),
    "no finding: the webhook of something else": (root_copy(NEW_ROOT) + webhook(OLD_ROOT, name="cert-manager.io"), []),
    "no finding: istiod of another namespace": (root_copy(NEW_ROOT) + webhook(OLD_ROOT, namespace="other"), []),
    "no finding: istiod's own certificate comes from elsewhere": (
        root_copy(NEW_ROOT) + webhook(OLD_ROOT) + istiod("k8s.io/example.org/signer"),
        [],
    ),
    "istiod's own certificate comes from istiod": (root_copy(NEW_ROOT) + webhook(OLD_ROOT) + istiod("istiod"), STALE),
    "no finding: empty in a file, as charts have it": (root_copy(NEW_ROOT) + webhook(""), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_the_bundle_and_the_root(text, expected):
    assert found(check, view_of(text)) == [(place.strip(), field) for place, field in expected]


def test_on_a_cluster_an_empty_bundle_is_stale_also_beside_files():
    of_cluster = view_of(root_copy(NEW_ROOT) + webhook(""), live=True)
    assert found(check, of_cluster) == STALE
    assert found(check, replace(of_cluster, snapshot=replace(of_cluster.snapshot, live=False))) == STALE
