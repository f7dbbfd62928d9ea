import pytest

from kubectl_mtls.model.kind import CONFIG_MAP
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.rule import ROOT_COPIES
from kubectl_mtls.rules.selector_in_root_namespace import check
from tests.rules.mesh import forbidden, found, judged, mesh_config, pod, policy, view_of, workload

IN_ISTIO_SYSTEM = policy("cart", "STRICT", namespace="istio-system", select="{app: cart}")
FINDING = [("peerauthentication/cart -n istio-system", "spec.selector.matchLabels")]
CASES = {
    "a selector in istio-system": (IN_ISTIO_SYSTEM, FINDING),
    "even where its own namespace has such pods": (IN_ISTIO_SYSTEM + workload(namespace="istio-system"), FINDING),
    "a selector in another root namespace": (
        mesh_config("config") + policy("cart", namespace="config", select="{app: cart}"),
        [("peerauthentication/cart -n config", "spec.selector.matchLabels")],
    ),
    "no finding: no selector": (policy(namespace="istio-system"), []),
    "no finding: another namespace": (policy("cart", select="{app: cart}"), []),
    "no finding: istio-system is not the root namespace": (mesh_config("config") + IN_ISTIO_SYSTEM, []),
    "no finding: a workload of a revision with another root uses it": (
        mesh_config("istio-system")
        + mesh_config("config", revision="canary")
        + IN_ISTIO_SYSTEM
        + pod(namespace="istio-system", proxy=True, annotations="istio.io/rev: canary"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_selectors_that_istiod_ignores(text, expected):
    assert found(check, view_of(text)) == expected


def test_it_is_found_from_every_namespace():
    assert found(check, view_of(IN_ISTIO_SYSTEM, namespaces=["shop"])) == FINDING


def test_where_mesh_config_is_forbidden_nobody_knows_the_root_namespace():
    judgement = judged(view_of(IN_ISTIO_SYSTEM, live=True, gaps=[forbidden(CONFIG_MAP, "istio-system", "istio")]))
    assert "MTLS106" not in {one.code for one in judgement.findings}
    assert "MTLS106" in {one.rule.code for one in judgement.unchecked}


def test_forbidden_copies_of_the_root_do_not_blind_it():
    judgement = judged(view_of(IN_ISTIO_SYSTEM, gaps=[forbidden(CONFIG_MAP, None, ROOT_CONFIG_MAP)]))
    assert [one.code for one in judgement.findings] == ["MTLS106"]
    of_roots = {rule.code for rule, _ in CATALOGUE if ROOT_COPIES in rule.reads}
    assert {one.rule.code for one in judgement.unchecked} == of_roots >= {"MTLS401", "MTLS402"}
