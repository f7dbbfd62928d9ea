import pytest

from kubectl_mtls.rules.duplicate_policy import check
from tests.rules.mesh import found, mesh_config, only, pod, policy, view_of, workload

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def name(policy_name: str, namespace: str = "shop") -> tuple[str, str]:
    return (f"peerauthentication/{policy_name} -n {namespace}", "spec")


CASES = {
    "the younger of two namespace policies": (
        policy("a", "STRICT", created=NEW) + policy("b", "DISABLE", created=OLD),
        [name("a")],
    ),
    "the later name of two that are equally old": (
        policy("b", "STRICT", created=OLD) + policy("a", "DISABLE", created=OLD),
        [name("b")],
    ),
    "two in the root namespace": (
        policy("a", "STRICT", namespace="istio-system") + policy("b", namespace="istio-system"),
        [name("b", "istio-system")],
    ),
    "each of two losers": (policy("a") + policy("b") + policy("c"), [name("b"), name("c")]),
    "an empty selector is none": (policy("a") + policy("b", select="{}"), [name("b")]),
    "the same selector twice, whatever pods there are": (
        policy("a", select="{app: cart}") + policy("b", select="{app: cart}"),
        [name("b")],
    ),
    "two selectors that match one workload": (
        workload(labels='tier: web, sidecar.istio.io/inject: "true"')
        + policy("a", select="{app: cart}")
        + policy("b", select="{tier: web}"),
        [name("b")],
    ),
    "no finding: a namespace policy and a workload policy": (
        workload() + policy("a") + policy("b", select="{app: cart}"),
        [],
    ),
    "no finding: the same name in two namespaces": (policy() + policy(namespace="bank"), []),
    "no finding: two selectors without a common pod": (
        workload() + workload("ledger") + policy("a", select="{app: cart}") + policy("b", select="{app: ledger}"),
        [],
    ),
    "no finding: both match a pod without a proxy only": (
        pod(labels="app: cart, tier: web") + policy("a", select="{app: cart}") + policy("b", select="{tier: web}"),
        [],
    ),
    "no finding: selectors in the root namespace, where none counts": (
        policy("a", select="{app: cart}", namespace="istio-system")
        + policy("b", select="{app: cart}", namespace="istio-system"),
        [],
    ),
    "no finding: the root namespace is another one, and there is one policy each": (
        mesh_config("config") + policy("a", namespace="config") + policy("b", namespace="istio-system"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_policies_that_lose_to_another_one(text, expected):
    assert found(check, view_of(text)) == expected


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (OLD, NEW, "is older (created 2026-01-01T00:00:00Z, not 2026-02-01T00:00:00Z)"),
        (OLD, OLD, "comes first by name at equal age"),
        ("", "", "comes first by name (files have no creation times)"),
        ("", OLD, "has no creation time, which counts as older"),
    ],
)
def test_the_message_says_why_the_winner_wins(first, second, reason):
    view = view_of(policy("a", "STRICT", created=first) + policy("b", "PERMISSIVE", created=second))
    assert only(check, view).message == (
        "peerauthentication/b (PERMISSIVE) never counts in namespace shop: "
        f"peerauthentication/a (STRICT) has no selector either and {reason}"
    )


def test_a_policy_that_counts_for_other_workloads_is_not_called_dead():
    text = (
        workload(labels='tier: web, sidecar.istio.io/inject: "true"')
        + workload("ledger", labels='tier: web, sidecar.istio.io/inject: "true"')
        + policy("a", select="{app: cart}")
        + policy("b", select="{tier: web}")
    )
    finding = only(check, view_of(text, live=False))
    assert "peerauthentication/b (UNSET) does not count for deployment/cart" in finding.message
    assert "selectors" in finding.fix


def test_deleting_is_the_fix_of_a_dead_policy():
    view = view_of(policy("a", created=OLD) + policy("b", created=NEW), live=True)
    assert only(check, view).fix == "kubectl delete peerauthentication b -n shop"


def test_only_namespaces_that_are_asked_about_and_the_root_count():
    text = policy("a") + policy("b") + policy("a", namespace="istio-system") + policy("b", namespace="istio-system")
    assert found(check, view_of(text, namespaces=["bank"])) == [name("b", "istio-system")]
