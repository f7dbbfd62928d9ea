import pytest

from kubectl_mtls.model.kind import NAMESPACE
from kubectl_mtls.rules.injection_wanted_but_absent import check
from tests.rules.mesh import forbidden, found, judged, namespace, only, pod, view_of, workload

ENABLED = namespace(labels="istio-injection: enabled")
FINDING = [("pod/cart-0 -n shop", "spec.containers")]
WEBHOOK = """---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector, labels: {app: sidecar-injector, istio.io/rev: default}}
"""
CASES = {
    "the namespace asks": (ENABLED + pod(), FINDING),
    "the namespace asks by a revision": (namespace(labels="istio.io/rev: canary") + pod(), FINDING),
    "the pod asks": (namespace() + pod(labels='sidecar.istio.io/inject: "true"'), FINDING),
    "the pod asks by a revision": (namespace() + pod(labels="istio.io/rev: default"), FINDING),
    "the pod asks and its namespace was not read": (pod(labels='sidecar.istio.io/inject: "true"'), FINDING),
    "one finding for the pods of one workload": (
        ENABLED + pod("cart-0", owner="StatefulSet/cart") + pod("cart-1", owner="StatefulSet/cart"),
        [("statefulset/cart -n shop", "spec.containers")],
    ),
    "a controller of an unknown kind leaves the pod": (ENABLED + pod(owner="Rollout/cart"), FINDING),
    "no finding: nobody asks": (namespace() + pod(), []),
    "no finding: it has a proxy": (ENABLED + pod(proxy=True), []),
    "no finding: the pod's label opts out": (ENABLED + pod(labels='sidecar.istio.io/inject: "false"'), []),
    "no finding: the pod's annotation opts out": (ENABLED + pod(annotations='sidecar.istio.io/inject: "false"'), []),
    "no finding: an annotation alone asks, which no webhook sees": (
        namespace() + pod(annotations='sidecar.istio.io/inject: "true"'),
        [],
    ),
    "no finding: the namespace switches injection off": (
        namespace(labels="istio-injection: disabled") + pod(labels='sidecar.istio.io/inject: "true"'),
        [],
    ),
    "no finding: the host's network": (ENABLED + pod(spec="hostNetwork: true"), []),
    "no finding: a namespace that is never injected": (
        namespace("kube-system", "istio-injection: enabled") + pod(namespace="kube-system"),
        [],
    ),
    "no finding: the pod is finished": (ENABLED + pod() + "status: {phase: Succeeded}\n", []),
    "no finding: an ambient namespace": (
        namespace(labels="istio.io/dataplane-mode: ambient, istio.io/rev: default") + pod(),
        [],
    ),
    "no finding: a pod that only a template describes": (namespace() + workload(), []),
    "no finding: the namespace was not read and the pod does not say": (pod(), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_pods_that_should_have_a_sidecar(text, expected):
    assert found(check, view_of(text)) == expected


def test_the_label_of_the_pod_wins_over_its_annotation():
    text = ENABLED + pod(labels='sidecar.istio.io/inject: "true"', annotations='sidecar.istio.io/inject: "false"')
    assert found(check, view_of(text)) == FINDING


def test_message_and_fix_count_and_name():
    text = ENABLED + pod("cart-0", owner="StatefulSet/cart") + pod("cart-1", owner="StatefulSet/cart", proxy=True)
    finding = only(check, view_of(text))
    assert finding.message == (
        "statefulset/cart: 1 of 2 pods has no proxy although namespace label istio-injection=enabled asks for one: "
        "it speaks and accepts plaintext only, without identity"
    )
    assert finding.fix == "kubectl rollout restart statefulset cart -n shop"


def test_a_revision_that_no_webhook_serves_is_the_reason():
    finding = only(check, view_of(WEBHOOK + namespace(labels="istio.io/rev: old") + pod()))
    assert finding.message.endswith("no injector webhook serves revision old")
    assert finding.fix == "correct the label istio.io/rev: webhooks serve default"


def test_pods_of_namespaces_that_are_not_asked_about_are_left_out():
    assert found(check, view_of(ENABLED + pod(), namespaces=["bank"])) == []


def test_forbidden_namespaces_leave_the_rule_unchecked():
    judgement = judged(view_of(pod(), gaps=[forbidden(NAMESPACE)]))
    assert judgement.findings == ()
    assert "MTLS501" in {one.rule.code for one in judgement.unchecked}
