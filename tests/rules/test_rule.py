import pytest

from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import CONFIG_MAP, PEER_AUTHENTICATION, POD
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.judgement import judge
from tests.rules.mesh import NEW_ROOT, OLD_ROOT, forbidden, judged, mesh_config, policy, root_copy, service, view_of


def test_findings_come_worst_first():
    text = (
        policy("b")
        + policy("a")
        + policy("c", "ISTIO_MUTUAL")
        + root_copy(NEW_ROOT)
        + root_copy(OLD_ROOT, namespace="x")
    )
    assert [finding.code for finding in judged(view_of(text)).findings] == ["MTLS101", "MTLS401", "MTLS104"]


def test_a_rule_is_unchecked_once_for_every_gap_of_what_it_reads():
    judgement = judged(view_of("", gaps=[forbidden(POD, "shop"), forbidden(POD, "bank")]))
    gaps = [one.gap.namespace for one in judgement.unchecked if one.rule.code == "MTLS501"]
    assert gaps == ["shop", "bank"]


def test_a_gap_of_a_namespace_that_is_not_asked_about_blinds_nothing():
    gaps = [forbidden(POD, "bank"), forbidden(PEER_AUTHENTICATION, "istio-system")]
    judgement = judged(view_of("", gaps=gaps, namespaces=["shop"]))
    assert {one.gap for one in judgement.unchecked} == {gaps[1]}


@pytest.mark.parametrize(
    ("name", "blind"),
    [("istio", "MTLS107"), ("istio-canary", "MTLS107"), ("istio-ca-root-cert", "MTLS401"), ("other", None)],
)
def test_a_mesh_configuration_of_any_revision_blinds_those_that_ask_for_the_root_namespace(
    name: str, blind: str | None
):
    gap = Gap(CONFIG_MAP, "istio-system", name, GapReason.FORBIDDEN, f"may not get configmaps/{name}")
    codes = {one.rule.code for one in judged(view_of("", gaps=[gap])).unchecked}
    assert codes & {"MTLS107", "MTLS401"} == ({blind} if blind else set())


def test_an_empty_mesh_gives_nothing():
    assert judge(view_of(""), CATALOGUE).findings == ()


def test_every_rule_looks_at_the_same_mesh_without_changing_its_answer():
    view = view_of(mesh_config("istio-system") + policy("a") + policy("b") + service())
    assert judged(view) == judged(view)


def test_a_policy_that_says_everything_right_leaves_no_finding():
    assert judged(view_of(policy(mode="STRICT", namespace="istio-system"))).findings == ()
