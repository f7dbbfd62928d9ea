"""Plans for DestinationRules: the block that changes, what is dropped with the old mode, what is refused."""

from typing import Any

import pytest

from kubectl_mtls.errors import Forbidden, InvalidInput
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.patch import value_at
from kubectl_mtls.plan.switch_client import parse_client_wish, plan_client_switch, plan_client_undo
from kubectl_mtls.plan.undo_record import without_record
from tests.plan.meshes import SHOP, applied, codes, rule, snapshot_of
from tests.rules.mesh import forbidden, policy

PARTNER = "{mode: MUTUAL, credentialName: old, sni: api.example, subjectAltNames: [api.example]}"
FILES = "{mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /a}"


def switch(tls: str, to: str, credential: str | None = None, sni: str | None = None, spec: str = "") -> Plan:
    snapshot = snapshot_of(SHOP, rule(tls, spec=spec))
    return plan_client_switch(snapshot, "shop", "rule", parse_client_wish(to, credential, sni))


def block(plan: Plan) -> Any:
    return value_at(plan.changes[0].after, ("spec", "trafficPolicy", "tls"))


@pytest.mark.parametrize(
    ("tls", "to", "credential", "sni", "after"),
    [
        pytest.param("{mode: DISABLE}", "ISTIO_MUTUAL", None, None, {"mode": "ISTIO_MUTUAL"}, id="the mesh's own"),
        pytest.param(PARTNER, "ISTIO_MUTUAL", None, None, {"mode": "ISTIO_MUTUAL"}, id="nothing of the partner stays"),
        pytest.param(
            "{mode: ISTIO_MUTUAL, subjectAltNames: [a]}", "ISTIO_MUTUAL", None, "x",
            {"mode": "ISTIO_MUTUAL", "subjectAltNames": ["a"], "sni": "x"}, id="same mode keeps its fields",
        ),
        pytest.param(
            "{mode: SIMPLE, sni: api.example}", "MUTUAL", "new", None,
            {"mode": "MUTUAL", "sni": "api.example", "credentialName": "new"}, id="a credential comes",
        ),
        pytest.param(
            FILES, "MUTUAL", "new", None, {"mode": "MUTUAL", "credentialName": "new"}, id="a Secret instead of files",
        ),
        pytest.param(FILES, "SIMPLE", None, None, {"mode": "SIMPLE", "caCertificates": "/a"}, id="own files go"),
        pytest.param(
            "{mode: ISTIO_MUTUAL}", "DISABLE", None, None, {"mode": "DISABLE"}, id="only the mode",
        ),
    ],
)  # fmt: skip
def test_block_holds_what_the_new_mode_has_a_use_for(
    tls: str, to: str, credential: str | None, sni: str | None, after: Any
):
    plan = switch(tls, to, credential, sni)
    assert block(plan) == after
    assert {change.path[:3] for change in plan.changes[0].fields} == {("spec", "trafficPolicy", "tls")}


@pytest.mark.parametrize(
    ("to", "credential"), [("DISABLE", None), ("SIMPLE", "c"), ("MUTUAL", "c"), ("ISTIO_MUTUAL", None)]
)
@pytest.mark.parametrize("tls", [PARTNER, FILES, "{}", "{mode: SIMPLE}"])
def test_undo_restores_and_the_same_switch_again_is_empty(tls: str, to: str, credential: str | None):
    snapshot = snapshot_of(SHOP, rule(tls))
    wish = parse_client_wish(to, credential, None)
    plan = plan_client_switch(snapshot, "shop", "rule", wish)
    later = applied(snapshot, plan)
    assert plan_client_switch(later, "shop", "rule", wish).is_nothing
    undo = plan_client_undo(later, "shop", "rule")
    assert undo.changes[0].after == without_record(plan.changes[0].before or {})


@pytest.mark.parametrize(
    ("tls", "to", "policies", "raised"),
    [
        pytest.param("{mode: DISABLE}", "ISTIO_MUTUAL", "", [], id="mutual TLS where it is taken"),
        pytest.param("{mode: ISTIO_MUTUAL}", "DISABLE", "", [], id="plaintext where it is taken"),
        pytest.param("{mode: ISTIO_MUTUAL}", "DISABLE", "STRICT", ["MTLS713"], id="plaintext at STRICT"),
        pytest.param("{mode: DISABLE}", "ISTIO_MUTUAL", "DISABLE", ["MTLS713"], id="mutual TLS at DISABLE"),
        pytest.param("{mode: DISABLE}", "ISTIO_MUTUAL", "STRICT", [], id="mended"),
        pytest.param("{mode: DISABLE}", "SIMPLE", "", ["MTLS715"], id="only the application knows"),
    ],
)
def test_connections_that_would_fail_speak_against_a_change(tls: str, to: str, policies: str, raised: list[str]):
    snapshot = snapshot_of(SHOP, rule(tls), policy(mode=policies) if policies else "")
    assert codes(plan_client_switch(snapshot, "shop", "rule", parse_client_wish(to, None, None))) == raised


def test_undo_names_the_code_that_the_way_back_is_asked_for():
    snapshot = snapshot_of(SHOP, rule("{mode: DISABLE}"), policy(mode="STRICT"))
    plan = plan_client_switch(snapshot, "shop", "rule", parse_client_wish("ISTIO_MUTUAL", None, None))
    assert plan.undo == "switch-mode dr/rule --undo -n shop --accept MTLS713"
    later = applied(snapshot, plan)
    assert codes(plan_client_undo(later, "shop", "rule")) == ["MTLS713"]


@pytest.mark.parametrize(
    ("credential", "spec", "raised"),
    [
        pytest.param("partner", "", True, id="no selector"),
        pytest.param("partner", "workloadSelector: {matchLabels: {app: cart}}", False, id="a selector"),
        pytest.param("configmap://ca", "", False, id="a ConfigMap is not affected"),
    ],
)
def test_credential_without_selector_is_an_objection(credential: str, spec: str, raised: bool):
    assert ("MTLS709" in codes(switch("{mode: DISABLE}", "SIMPLE", credential, spec=spec))) == raised


def test_blocks_of_ports_and_subsets_that_win_are_named():
    spec = "subsets: [{name: v2, trafficPolicy: {tls: {mode: DISABLE}}}, {name: tls, trafficPolicy: {}}]"
    (note,) = switch("{mode: DISABLE}", "ISTIO_MUTUAL", spec=spec).notes
    assert note.startswith("subset v2 of this rule have a tls block of their own")


def test_a_rule_of_the_wrong_shape_is_not_written_into():
    snapshot = snapshot_of(SHOP, rule("{mode: SIMPLE}", spec="subsets: none"))
    with pytest.raises(Forbidden, match=r"spec\.subsets should be a list"):
        plan_client_switch(snapshot, "shop", "rule", parse_client_wish("DISABLE", None, None))


@pytest.mark.parametrize(
    ("to", "credential", "sni", "words"),
    [
        pytest.param("STRICT", None, None, "is what a server accepts", id="server's word"),
        pytest.param("mutual", None, None, "should be one of", id="lower case"),
        pytest.param("ISTIO_MUTUAL", "c", None, "--credential has no use", id="credential with ISTIO_MUTUAL"),
        pytest.param("DISABLE", None, "h", "--sni has no use", id="sni with DISABLE"),
    ],
)
def test_wish_that_makes_no_sense_is_explained(to: str, credential: str | None, sni: str | None, words: str):
    with pytest.raises(InvalidInput, match=words):
        parse_client_wish(to, credential, sni)


def test_mutual_without_any_certificate_is_refused():
    with pytest.raises(InvalidInput, match="MUTUAL needs a certificate to show"):
        switch("{mode: SIMPLE}", "MUTUAL")


def test_rule_that_may_not_be_read_is_told_from_one_that_is_absent():
    wish = parse_client_wish("DISABLE", None, None)
    with pytest.raises(InvalidInput, match=r"there are: rule"):
        plan_client_switch(snapshot_of(SHOP, rule("{}")), "shop", "nope", wish)
    with pytest.raises(Forbidden, match=r"destinationrules: forbidden"):
        plan_client_switch(snapshot_of(SHOP, gaps=[forbidden(DESTINATION_RULE)]), "shop", "nope", wish)
