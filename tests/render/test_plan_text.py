"""A plan on the screen: the whole text of typical plans, and what must never get onto it."""

from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.effect import RowChange, ServiceEffect
from kubectl_mtls.plan.policy_target import find_mesh_policy
from kubectl_mtls.plan.switch_client import ClientWish, plan_client_switch
from kubectl_mtls.plan.switch_server import plan_server_switch
from kubectl_mtls.render.plan_text import render_plan
from tests.plan.meshes import SHOP, rule, snapshot_of, switched
from tests.rules.mesh import NOW, forbidden, namespace, pod, policy, service


def shown(plan: Plan, *accepted: str) -> str:
    return render_plan(plan, accepted, NOW)


def test_change_of_a_mode():
    snapshot = snapshot_of(SHOP, policy(mode="PERMISSIVE"), pod("job", namespace="batch", labels="app: job"))
    assert shown(switched(snapshot, "STRICT")) == (
        "CHANGE  peerauthentication/default -n shop   spec.mtls.mode: PERMISSIVE -> STRICT\n"
        "EFFECT  1 of 1 service port changes\n"
        "  SERVICE   PORT   BEFORE       AFTER\n"
        "  cart      80     PERMISSIVE   STRICT\n"
        "  ports that no Service names: PERMISSIVE -> STRICT on 1 workload\n"
        "  1 client workload with a proxy, 1 connection: 1 stays mTLS\n"
        "  without a proxy: 1 service port would refuse plaintext that takes it now\n"
        "  MTLS701  clients-without-proxy  workloads without a proxy may call, by namespace: batch (1)\n"
    )


def test_accepted_objection_is_marked():
    snapshot = snapshot_of(SHOP, pod("job", namespace="batch", labels="app: job"))
    assert "  MTLS701  clients-without-proxy (accepted)  " in shown(switched(snapshot, "STRICT"), "MTLS701")


def test_new_object_is_shown_whole_and_without_the_undo_record():
    plan = plan_server_switch(snapshot := snapshot_of(SHOP), find_mesh_policy(snapshot), ServerMode.STRICT)
    text = shown(plan)
    assert text.startswith(
        "CHANGE  peerauthentication/default -n istio-system   is created\n"
        "  + apiVersion: security.istio.io/v1\n"
        "  + kind: PeerAuthentication\n"
        "  + metadata:\n"
        "  +   name: default\n"
        "  +   namespace: istio-system\n"
        "  + spec:\n"
        "  +   mtls:\n"
        "  +     mode: STRICT\n"
    )
    assert "kubectl-mtls/undo" not in text


def test_services_of_several_namespaces_are_told_apart():
    snapshot = snapshot_of(SHOP, service(namespace="bank"), pod(namespace="bank", proxy=True))
    plan = plan_server_switch(snapshot, find_mesh_policy(snapshot), ServerMode.STRICT)
    assert "  NAMESPACE   SERVICE   PORT   BEFORE       AFTER\n  bank        cart" in shown(plan)


def test_nothing_that_changes_is_said():
    snapshot = snapshot_of(SHOP, policy(mode="STRICT", namespace="istio-system"))
    assert "EFFECT  no service changes (1 service port looked at)\n" in shown(switched(snapshot, "STRICT"))
    assert shown(switched(snapshot_of(SHOP), "UNSET")) == (
        "NOTE    there is no policy in namespace shop, which is the same as UNSET\nnothing to change\n"
    )


def test_what_stays_unknown_is_said_with_its_reason():
    snapshot = snapshot_of(namespace(), service(), gaps=[forbidden(POD)])
    assert "  UNKNOWN  shop/cart 80: not readable: pods: forbidden\n" in shown(switched(snapshot, "STRICT"))


def test_effect_of_a_rule_is_its_connections():
    snapshot = snapshot_of(SHOP, policy(mode="STRICT"), rule("{mode: ISTIO_MUTUAL}"))
    plan = plan_client_switch(snapshot, "shop", "rule", ClientWish(ClientMode.DISABLE))
    assert shown(plan) == (
        "CHANGE  destinationrule/rule -n shop   spec.trafficPolicy.tls.mode: ISTIO_MUTUAL -> DISABLE\n"
        "EFFECT  1 client workload with a proxy, 1 connection: 1 mTLS -> FAILS\n"
        "  FAILS      pod/cart-0 -n shop -> cart.shop.svc.cluster.local:80, was mTLS\n"
        "             the client sends plaintext, the server accepts only mutual TLS\n"
        "             connection reset by peer\n"
        "             in the client proxy's log: UR\n"
        "             in the server's: NR filter_chain_not_found\n"
        "  MTLS713  connections-would-fail  1 connection would fail: pod/cart-0 -n shop -> "
        "cart.shop.svc.cluster.local:80 (the client sends plaintext, the server accepts only mutual TLS)\n"
        "           mend: what decides: kubectl mtls explain pod/cart-0 cart.shop.svc.cluster.local:80 -n shop\n"
    )


def test_connections_that_neither_begin_nor_cease_to_fail_are_counted():
    text = shown(switched(snapshot_of(SHOP, policy(mode="STRICT")), "DISABLE"))
    assert "  1 client workload with a proxy, 1 connection: 1 mTLS -> PLAINTEXT\n" in text
    assert "  PLAINTEXT  1 connection that is mTLS now: 1 client to cart.shop.svc.cluster.local:80\n" in text
    assert "  without a proxy: 1 service port would take plaintext that refuses it now\n" in text


def test_connections_that_are_mended_are_said():
    snapshot = snapshot_of(SHOP, policy(mode="STRICT"), rule("{mode: DISABLE}"))
    plan = plan_client_switch(snapshot, "shop", "rule", ClientWish(ClientMode.ISTIO_MUTUAL))
    assert (
        "EFFECT  1 client workload with a proxy, 1 connection: 1 FAILS -> mTLS\n"
        "  mTLS       pod/cart-0 -n shop -> cart.shop.svc.cluster.local:80, failed: "
        "the client sends plaintext, the server accepts only mutual TLS\n"
    ) in shown(plan)


def test_long_effects_are_cut_with_their_number():
    rows = tuple(RowChange("shop", f"s{number}", 80, (("NONE", 1),), (("STRICT", 1),)) for number in range(1000))
    text = shown(Plan(switched(snapshot_of(SHOP), "STRICT").changes, ServiceEffect(1000, rows)))
    assert "EFFECT  1000 of 1000 service ports change\n" in text
    assert "  and 950 more\n" in text
    assert text.count("\n") < 80


def test_text_from_the_cluster_cannot_steer_the_terminal():
    hostile = rule('{mode: DISABLE, sni: "\\e[2Jgone\\nCHANGE  nothing"}')
    plan = plan_client_switch(snapshot_of(SHOP, hostile), "shop", "rule", ClientWish(ClientMode.ISTIO_MUTUAL))
    text = shown(plan)
    assert "\x1b" not in text
    assert "^[[2Jgone\\nCHANGE  nothing" in text
