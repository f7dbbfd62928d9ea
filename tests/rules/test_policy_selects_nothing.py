import pytest

from kubectl_mtls.model.kind import POD
from kubectl_mtls.rules.policy_selects_nothing import check
from tests.rules.mesh import forbidden, found, judged, pod, policy, view_of, workload

DEAD = policy("ledger", "STRICT", select="{app: ledger}")
FINDING = [("peerauthentication/ledger -n shop", "spec.selector.matchLabels")]
CASES = {
    "no pod has the label": (workload() + DEAD, FINDING),
    "the pod is in another namespace": (workload() + workload("ledger", namespace="bank") + DEAD, FINDING),
    "one of two labels is missing": (
        workload("ledger") + policy("ledger", select="{app: ledger, version: v2}"),
        FINDING,
    ),
    "no finding: a pod has it": (workload("ledger") + DEAD, []),
    "no finding: a pod without a proxy has it": (pod(labels="app: ledger") + DEAD, []),
    "no finding: no selector": (workload() + policy(), []),
    "no finding: files without any workload of the namespace": (DEAD, []),
    "no finding: the root namespace, where no selector counts": (
        workload(namespace="istio-system") + policy("ledger", select="{app: ledger}", namespace="istio-system"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_selectors_that_match_no_pod(text, expected):
    assert found(check, view_of(text)) == expected


def test_a_namespace_of_a_cluster_without_any_pod_is_a_finding():
    assert found(check, view_of(DEAD, live=True)) == FINDING


def test_a_namespace_whose_pods_were_not_read_is_none():
    assert found(check, view_of(DEAD, live=True, namespaces=["bank"])) == []


def test_forbidden_pods_leave_the_rule_unchecked_and_give_no_false_alarm():
    judgement = judged(view_of(DEAD, live=True, gaps=[forbidden(POD, "shop")]))
    assert judgement.findings == ()
    assert "MTLS105" in {one.rule.code for one in judgement.unchecked}
