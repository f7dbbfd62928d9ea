"""Plans for PeerAuthentications: which object changes, what follows, what speaks against it, the way back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mtls.errors import InvalidInput, Refused
from kubectl_mtls.model.kind import (
    DEPLOYMENT,
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    ENVOY_FILTER,
    MUTATING_WEBHOOK,
    POD,
    SERVICE,
)
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.plan.change import Plan, Verb
from kubectl_mtls.plan.effect import ServiceEffect
from kubectl_mtls.plan.patch import apply_patch, make_patch
from kubectl_mtls.plan.policy_target import find_mesh_policy, find_namespace_policy, find_policy
from kubectl_mtls.plan.switch_server import parse_server_mode, plan_server_switch, plan_server_undo
from kubectl_mtls.plan.undo_record import UNDO, without_record
from tests.plan.meshes import SHOP, applied, codes, policy_manifest, rule, snapshot_of, switched
from tests.rules.mesh import forbidden, mesh_config, namespace, pod, policy, service

MODES = st.sampled_from(list(ServerMode))
OLD, YOUNG = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def existing(mode: ServerMode | None, selects: bool) -> str:
    return policy("other", mode, select="{app: cart}" if selects else "") if mode else ""


def test_patch_is_the_one_field_and_keeps_what_else_is_there():
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"))
    (change,) = switched(snapshot, "STRICT").changes
    patch = make_patch(change.before, change.after)
    assert patch["spec"] == {"mtls": {"mode": "STRICT"}}
    assert list(patch["metadata"]) == ["annotations"]
    assert list(patch["metadata"]["annotations"]) == [UNDO]


def test_namespace_without_policy_gets_one_named_default():
    (change,) = switched(snapshot_of(SHOP), "STRICT").changes
    assert (change.verb, change.ref.full) == (Verb.CREATED, "peerauthentication/default -n shop")


def test_effect_is_the_rows_that_differ():
    snapshot = snapshot_of(SHOP, service("web", select="{app: web}"), pod("web-0", labels="app: web"))
    effect = switched(snapshot, "STRICT").effect
    assert isinstance(effect, ServiceEffect)
    assert [(row.name, row.before, row.after) for row in effect.changed] == [
        ("cart", (("PERMISSIVE", 1),), (("STRICT", 1),))
    ]
    assert effect.total == 2


@settings(max_examples=60, deadline=None)
@given(MODES, MODES, st.none() | MODES, st.booleans())
def test_plan_after_apply_is_empty(mesh_wide: ServerMode, to: ServerMode, there: ServerMode | None, selects: bool):
    snapshot = snapshot_of(SHOP, policy(mode=mesh_wide, namespace="istio-system"), existing(there, selects))
    plan = switched(snapshot, to)
    assert switched(applied(snapshot, plan), to).is_nothing


@settings(max_examples=60, deadline=None)
@given(MODES, st.none() | MODES, st.booleans())
def test_undo_restores_what_was_there(to: ServerMode, there: ServerMode | None, selects: bool):
    snapshot = snapshot_of(SHOP, existing(there, selects))
    plan = switched(snapshot, to)
    later = applied(snapshot, plan)
    if plan.is_nothing:
        return
    ref = plan.changes[0].ref
    back = applied(later, plan_server_undo(later, find_policy(later, ref.namespace, ref.name)))
    assert policy_manifest(back, ref.name) == policy_manifest(snapshot, ref.name)
    assert back.peer_authentications == snapshot.peer_authentications


@settings(max_examples=40, deadline=None)
@given(MODES, st.none() | MODES, st.lists(st.sampled_from(["other", "third"]), unique=True), MODES)
def test_unrelated_objects_change_nothing(to: ServerMode, there: ServerMode | None, names: list[str], mode: ServerMode):
    snapshot = snapshot_of(SHOP, existing(there, False))
    others = "".join(namespace(name) + policy(mode=mode, namespace=name) + service(namespace=name) for name in names)
    more = snapshot_of(SHOP, existing(there, False), others, rule("{mode: DISABLE}", "elsewhere.example"))
    plan, again = switched(snapshot, to), switched(more, to)
    assert plan.is_same_as(again)
    assert plan.changes == again.changes


def test_edit_of_another_field_does_not_change_the_plan():
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"))
    plan = switched(snapshot, "STRICT")
    ref = plan.changes[0].ref
    edited = apply_patch(snapshot.documents[ref].manifest, {"metadata": {"labels": {"a": "b"}, "resourceVersion": "9"}})
    assert switched(after_change(snapshot, ref, edited), "STRICT").is_same_as(plan)
    assert not switched(snapshot_of(SHOP, policy(mode="DISABLE")), "STRICT").is_same_as(plan)
    assert not switched(snapshot_of(SHOP), "STRICT").is_same_as(plan)


def test_oldest_policy_is_the_one_that_changes():
    snapshot = snapshot_of(
        SHOP, policy("young", "STRICT", created=YOUNG), policy("old", "PERMISSIVE", created=OLD)
    )  # fmt: skip
    plan = switched(snapshot, "STRICT")
    assert plan.changes[0].ref.name == "old"
    assert "peerauthentication/old is the oldest of 2 policies" in plan.notes[0]


def test_name_that_is_taken_by_a_selector_is_not_used():
    plan = switched(snapshot_of(SHOP, policy(mode="STRICT", select="{app: web}")), "STRICT")
    assert plan.changes[0].ref.name == "namespace-wide"


@pytest.mark.parametrize(
    ("texts", "where", "name", "why"),
    [
        pytest.param(
            (policy("young", "DISABLE", created=YOUNG), policy("old", "DISABLE", created=OLD)), "shop", "young",
            "an older policy for the same pods decides", id="younger",
        ),
        pytest.param(
            (policy("web", "DISABLE", namespace="istio-system", select="{app: cart}"),), "istio-system", "web",
            "it has a selector in the root namespace", id="selector in the root namespace",
        ),
    ],
)  # fmt: skip
def test_dead_policy_is_an_objection(texts: tuple[str, ...], where: str, name: str, why: str):
    snapshot = snapshot_of(SHOP, *texts)
    plan = plan_server_switch(snapshot, find_policy(snapshot, where, name), ServerMode.STRICT)
    assert codes(plan) == ["MTLS708"]
    assert why in plan.objections[0].message
    assert isinstance(plan.effect, ServiceEffect)
    assert not plan.effect.changed


def test_root_namespace_is_the_mesh():
    snapshot = snapshot_of(SHOP, namespace("mesh-root"), mesh_config("mesh-root"))
    mesh, same = find_mesh_policy(snapshot), find_namespace_policy(snapshot, "mesh-root")
    assert mesh.ref == same.ref
    assert (mesh.ref.namespace, mesh.scope, same.scope) == ("mesh-root", None, None)
    assert "the same as mesh" in same.notes[-1]


def test_revisions_with_different_roots_have_no_one_mesh_policy():
    snapshot = snapshot_of(SHOP, mesh_config("one"), mesh_config("two", revision="canary"))
    with pytest.raises(InvalidInput, match="different root namespaces: one, two"):
        find_mesh_policy(snapshot)


@pytest.mark.parametrize(
    ("there", "to", "raised"),
    [
        pytest.param("PERMISSIVE", "STRICT", ["MTLS701"], id="STRICT shuts them out"),
        pytest.param("STRICT", "PERMISSIVE", [], id="PERMISSIVE lets them in"),
        pytest.param("STRICT", "UNSET", [], id="UNSET under a PERMISSIVE mesh lets them in"),
        pytest.param("STRICT", "DISABLE", [], id="DISABLE lets them in"),
    ],
)
def test_naked_workloads_speak_against_strict_only(there: str, to: str, raised: list[str]):
    snapshot = snapshot_of(SHOP, policy(mode=there), pod("job", namespace="batch", labels="app: job"))
    assert codes(switched(snapshot, to)) == raised


@pytest.mark.parametrize(
    ("where", "raised"),
    [
        pytest.param("istio-system", [], id="istiod"),
        pytest.param("batch", ["MTLS701"], id="a pod with istiod's label elsewhere"),
    ],
)
def test_istiod_is_no_caller_and_nobody_else_is_istiod(where: str, raised: list[str]):
    naked = pod("istiod-1", namespace=where, labels="app: istiod")
    assert codes(switched(snapshot_of(SHOP, mesh_config("istio-system"), naked), "STRICT")) == raised


def test_service_that_is_open_to_the_world_is_named():
    snapshot = snapshot_of(namespace(), service(spec="type: NodePort"), pod(proxy=True))
    plan = switched(snapshot, "STRICT")
    assert "reached from outside the mesh: service/cart -n shop (NodePort)" in plan.objections[0].message


@pytest.mark.parametrize(
    ("host", "raised"),
    [
        pytest.param("cart.shop.svc.cluster.local", True, id="the service itself"),
        pytest.param("cart", True, id="its short name"),
        pytest.param("*.shop.svc.cluster.local", True, id="a wildcard"),
        pytest.param("*", True, id="everything"),
        pytest.param("ledger.shop.svc.cluster.local", False, id="another service"),
        pytest.param("*.example.com", False, id="another domain"),
    ],
)
def test_client_that_a_rule_makes_send_plaintext_would_fail(host: str, raised: bool):
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"), rule("{mode: DISABLE}", host))
    assert codes(switched(snapshot, "STRICT")) == (["MTLS713"] if raised else [])


def test_failing_connections_are_named_with_the_command_that_explains_them():
    plan = switched(snapshot_of(SHOP, rule("{mode: DISABLE}")), "STRICT")
    (objection,) = plan.objections
    assert objection.message == (
        "1 connection would fail: pod/cart-0 -n shop -> cart.shop.svc.cluster.local:80 "
        "(the client sends plaintext, the server accepts only mutual TLS)"
    )
    assert objection.mend == "what decides: kubectl mtls explain pod/cart-0 cart.shop.svc.cluster.local:80 -n shop"


@pytest.mark.parametrize(
    ("to", "raised"),
    [pytest.param("PERMISSIVE", [], id="still taken"), pytest.param("DISABLE", ["MTLS713"], id="not spoken any more")],
)
def test_client_that_a_rule_makes_send_mutual_tls(to: str, raised: list[str]):
    snapshot = snapshot_of(SHOP, policy(mode="STRICT"), rule("{mode: ISTIO_MUTUAL}"))
    assert codes(switched(snapshot, to)) == raised


def test_failing_connections_that_are_mended_are_no_objection():
    plan = switched(snapshot_of(SHOP, policy(mode="STRICT"), rule("{mode: DISABLE}")), "PERMISSIVE")
    assert isinstance(plan.effect, ServiceEffect)
    assert [one.is_mended for one in plan.effect.connections.shifts] == [True]
    assert plan.objections == ()
    assert "--accept MTLS713" in (plan.undo or "")


def test_strict_workload_below_disable_makes_clients_fail():
    snapshot = snapshot_of(SHOP, policy(mode="DISABLE"), policy("cart", "PERMISSIVE", select="{app: cart}"))
    plan = plan_server_switch(snapshot, find_policy(snapshot, "shop", "cart"), ServerMode.STRICT)
    assert codes(plan) == ["MTLS713"]


@pytest.mark.parametrize(
    ("there", "to", "raised"),
    [
        pytest.param("PERMISSIVE", "STRICT", ["MTLS715", "MTLS701"], id="who else calls is not known"),
        pytest.param("STRICT", "PERMISSIVE", [], id="whoever calls gets through as before"),
    ],
)
def test_who_sees_one_namespace_is_told_that_clients_elsewhere_were_not_looked_for(
    there: str, to: str, raised: list[str]
):
    snapshot = snapshot_of(SHOP, policy(mode=there))
    target = find_namespace_policy(snapshot, "shop")
    plan = plan_server_switch(snapshot, target, ServerMode(to), frozenset({"shop"}))
    assert codes(plan) == raised
    assert all("namespace shop" in objection.message for objection in plan.objections)


def test_mesh_without_auto_mtls_makes_everybody_fail():
    off = mesh_config("istio-system").replace("rootNamespace: istio-system", "enableAutoMtls: false")
    assert codes(switched(snapshot_of(SHOP, off), "STRICT")) == ["MTLS713"]


@pytest.mark.parametrize(
    ("rules", "to", "raised"),
    [
        pytest.param("[{from: [{source: {principals: [a]}}]}]", "DISABLE", ["MTLS713"], id="certainly refused"),
        pytest.param(
            "[{from: [{source: {principals: [a]}}]}, {to: [{operation: {methods: [GET]}}]}]", "DISABLE", ["MTLS714"],
            id="may turn",
        ),
        pytest.param("[{to: [{operation: {ports: ['8080']}}]}]", "DISABLE", [], id="nobody asks who calls"),
        pytest.param("[{from: [{source: {principals: [a]}}]}]", "PERMISSIVE", [], id="the identity stays"),
    ],
)  # fmt: skip
def test_identity_that_is_lost_under_policies_that_ask_for_one(rules: str, to: str, raised: list[str]):
    asking = f"""---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: who, namespace: shop}}
spec: {{rules: {rules}}}
"""
    assert codes(switched(snapshot_of(SHOP, policy(mode="STRICT"), asking), to)) == raised


@pytest.mark.parametrize(
    ("kind", "to", "raised"),
    [
        pytest.param(POD, "STRICT", {"MTLS701", "MTLS715"}, id="pods, STRICT"),
        pytest.param(SERVICE, "STRICT", {"MTLS701", "MTLS715"}, id="services, STRICT"),
        pytest.param(POD, "PERMISSIVE", {"MTLS715"}, id="pods, PERMISSIVE"),
        pytest.param(DESTINATION_RULE, "STRICT", {"MTLS715"}, id="rules"),
    ],
)
def test_what_could_not_be_read_is_not_called_safe(kind, to: str, raised: set[str]):
    text = SHOP if kind is DESTINATION_RULE else namespace()
    plan = switched(snapshot_of(text, gaps=[forbidden(kind)]), to)
    assert set(codes(plan)) == raised
    assert all(f"{kind.plural}: forbidden" in objection.message for objection in plan.objections)


def test_undo_is_refused_when_the_field_was_changed_later():
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"))
    later = applied(snapshot, switched(snapshot, "STRICT"))
    policy_manifest(later)["spec"]["mtls"]["mode"] = "DISABLE"
    with pytest.raises(Refused, match=r"somebody changed spec\.mtls\.mode"):
        plan_server_undo(later, find_namespace_policy(later, "shop"))


def test_undo_refuses_a_record_that_reaches_beyond_the_spec():
    record = '{"version": 1, "patch": {"metadata": {"finalizers": ["x"]}}, "digest": ""}'
    snapshot = snapshot_of(SHOP, policy(mode="STRICT"))
    policy_manifest(snapshot)["metadata"]["annotations"] = {UNDO: record}
    with pytest.raises(Refused, match="damaged"):
        plan_server_undo(snapshot, find_namespace_policy(snapshot, "shop"))


def test_damaged_record_does_not_stop_a_new_change():
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"))
    policy_manifest(snapshot)["metadata"]["annotations"] = {UNDO: "{"}
    plan = switched(snapshot, "STRICT")
    assert any("it is replaced" in note for note in plan.notes)
    later = applied(snapshot, plan)
    assert plan_server_undo(later, find_namespace_policy(later, "shop")).changes


def test_undo_of_a_switch_to_permissive_is_guarded_like_any_switch_to_strict():
    snapshot = snapshot_of(SHOP, policy(mode="STRICT"), pod("job", namespace="batch", labels="app: job"))
    later = applied(snapshot, switched(snapshot, "PERMISSIVE"))
    assert codes(plan_server_undo(later, find_namespace_policy(later, "shop"))) == ["MTLS701"]


def test_older_undo_record_is_replaced_and_that_is_said():
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"))
    later = applied(snapshot, switched(snapshot, "STRICT"))
    plan = switched(later, "DISABLE")
    assert any("undo goes one step back" in note for note in plan.notes)
    last = applied(later, plan)
    back = applied(last, plan_server_undo(last, find_namespace_policy(last, "shop")))
    assert policy_manifest(back) == without_record(policy_manifest(later))


def test_illegal_mode_in_a_file_is_mended_in_place():
    snapshot = snapshot_of(SHOP, policy(mode="ISTIO_MUTUAL"), live=False)
    (change,) = switched(snapshot, "STRICT").changes
    assert change.verb is Verb.PATCHED
    assert [(one.dotted, one.before, one.after) for one in change.fields] == [
        ("spec.mtls.mode", "ISTIO_MUTUAL", "STRICT")
    ]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        pytest.param("ISTIO_MUTUAL", "is what a client sends", id="ISTIO_MUTUAL"),
        pytest.param("SIMPLE", "is what a client sends", id="SIMPLE"),
        pytest.param("strict", "should be one of UNSET, DISABLE, PERMISSIVE, STRICT", id="lower case"),
    ],
)
def test_mode_of_the_wrong_side_is_explained(written: str, words: str):
    with pytest.raises(InvalidInput, match=words):
        parse_server_mode(written)


def test_istio_mutual_for_a_policy_offers_the_likely_intent():
    with pytest.raises(InvalidInput) as caught:
        parse_server_mode("ISTIO_MUTUAL")
    assert "--to STRICT" in (caught.value.hint or "")


def on_port(there: str, to: str, port: int = 8080, *more: str) -> Plan:
    snapshot = snapshot_of(SHOP, policy("cart", "STRICT", select="{app: cart}", ports=there), *more)
    return plan_server_switch(snapshot, find_policy(snapshot, "shop", "cart"), ServerMode(to), port=port)


@pytest.mark.parametrize(
    ("there", "to", "spec"),
    [
        pytest.param("", "PERMISSIVE", {"portLevelMtls": {"8080": {"mode": "PERMISSIVE"}}}, id="a port comes"),
        pytest.param(
            "{8080: {mode: DISABLE}, 9090: {mode: STRICT}}", "STRICT",
            {"portLevelMtls": {"8080": {"mode": "STRICT"}}}, id="one of two ports changes",
        ),
    ],
)  # fmt: skip
def test_mode_of_one_port_is_changed_alone(there: str, to: str, spec: dict[str, object]):
    plan = on_port(there, to)
    (change,) = plan.changes
    assert make_patch(change.before, change.after)["spec"] == spec
    assert isinstance(plan.effect, ServiceEffect)
    assert [row.after for row in plan.effect.changed] == [((to, 1),)]
    assert plan.effect.workloads == ()


def test_port_that_says_so_already_is_not_changed():
    assert on_port("{8080: {mode: DISABLE}}", "DISABLE").is_nothing
    assert on_port("", "UNSET").is_nothing


def test_port_becoming_strict_is_guarded_and_its_undo_too():
    job = pod("job", namespace="batch", labels="app: job")
    snapshot = snapshot_of(
        SHOP, job, policy("cart", "PERMISSIVE", select="{app: cart}", ports="{8080: {mode: STRICT}}")
    )  # fmt: skip
    plan = plan_server_switch(snapshot, find_policy(snapshot, "shop", "cart"), ServerMode.PERMISSIVE, port=8080)
    assert codes(plan) == []
    later = applied(snapshot, plan)
    assert codes(plan_server_undo(later, find_policy(later, "shop", "cart"))) == ["MTLS701"]


def test_service_port_in_the_place_of_a_pod_port_is_noticed():
    assert any(
        "none of the 1 pods that it selects declares port 80" in note for note in on_port("", "STRICT", 80).notes
    )


def test_port_of_a_policy_without_selector_is_refused():
    snapshot = snapshot_of(SHOP, policy(mode="STRICT"))
    with pytest.raises(InvalidInput, match="has no selector: istiod ignores port modes"):
        plan_server_switch(snapshot, find_policy(snapshot, "shop", "default"), ServerMode.STRICT, port=8080)


def test_other_port_modes_are_said_to_win_only_where_the_workload_mode_changes():
    said = "its port modes stay as they are and win on their ports: 8080 DISABLE"
    snapshot = snapshot_of(SHOP, policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}"))
    target = find_policy(snapshot, "shop", "cart")
    assert said in plan_server_switch(snapshot, target, ServerMode.PERMISSIVE).notes
    assert said not in plan_server_switch(snapshot, target, ServerMode.PERMISSIVE, port=8080).notes


@pytest.mark.parametrize(
    ("there", "to"),
    [
        pytest.param(policy(mode="STRICT"), "PERMISSIVE", id="back to STRICT"),
        pytest.param(policy(mode="STRICT"), "DISABLE", id="back to STRICT from DISABLE"),
        pytest.param(policy(mode="PERMISSIVE"), "STRICT", id="back to PERMISSIVE"),
        pytest.param(policy(mode="STRICT", namespace="istio-system"), "PERMISSIVE", id="a new policy goes"),
        pytest.param(policy(mode="PERMISSIVE") + rule("{mode: DISABLE}"), "DISABLE", id="with a rule of clients"),
    ],
)
def test_printed_undo_accepts_what_it_will_be_asked(there: str, to: str):
    snapshot = snapshot_of(SHOP, there, pod("job", namespace="batch", labels="app: job"))
    plan = switched(snapshot, to)
    later = applied(snapshot, plan)
    asked = codes(plan_server_undo(later, find_policy(later, "shop", plan.changes[0].ref.name)))
    accepted = f" --accept {','.join(sorted(asked))}" if asked else ""
    assert plan.undo == f"switch-mode pa/default --undo -n shop{accepted}"


def test_undo_of_a_namespace_whose_policy_got_a_selector_names_that_policy():
    snapshot = snapshot_of(SHOP)
    later = applied(snapshot, switched(snapshot, "STRICT"))
    edited = apply_patch(policy_manifest(later), {"spec": {"selector": {"matchLabels": {"app": "cart"}}}})
    later = after_change(later, find_namespace_policy(later, "shop").ref, edited)
    with pytest.raises(Refused, match="no policy for all pods is in namespace shop") as caught:
        plan_server_undo(later, find_namespace_policy(later, "shop"))
    assert "kubectl mtls switch-mode pa/default --undo -n shop" in (caught.value.hint or "")


@pytest.mark.parametrize("kind", [ENVOY_FILTER, ENDPOINT_SLICE, SERVICE, DEPLOYMENT, MUTATING_WEBHOOK])
def test_what_was_not_read_makes_the_effect_uncertain(kind):
    sure = switched(snapshot_of(SHOP, policy(mode="PERMISSIVE")), "STRICT")
    blind = switched(snapshot_of(SHOP, policy(mode="PERMISSIVE"), gaps=[forbidden(kind)]), "STRICT")
    assert not [note for note in sure.notes if "not certain" in note]
    assert [note for note in blind.notes if note.startswith("the effect is not certain: ")]


def test_rules_of_clients_cannot_be_matched_to_services_that_were_not_read():
    plan = switched(snapshot_of(SHOP, policy(mode="STRICT"), gaps=[forbidden(SERVICE)]), "DISABLE")
    assert "MTLS715" in codes(plan)
