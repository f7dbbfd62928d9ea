import pytest

from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.rules.permissive_mode import check
from tests.rules.mesh import forbidden, found, judged, only, policy, service, view_of, workload

CART = workload() + service()
MESH_STRICT = policy(mode="STRICT", namespace="istio-system")
WHOLE = ("peerauthentication/cart -n shop", "spec.mtls.mode")
CASES = {
    "a workload's exception to the mesh": (
        CART + MESH_STRICT + policy("cart", "PERMISSIVE", select="{app: cart}"),
        [WHOLE],
    ),
    "a workload's exception to its namespace": (
        CART + policy(mode="STRICT") + policy("cart", "PERMISSIVE", select="{app: cart}"),
        [WHOLE],
    ),
    "a namespace's exception to the mesh": (
        CART + MESH_STRICT + policy(mode="PERMISSIVE"),
        [("peerauthentication/default -n shop", "spec.mtls.mode")],
    ),
    "a port's exception to its own workload": (
        CART + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: PERMISSIVE}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")],
    ),
    "one finding for a policy that opens several Services": (
        CART + workload("ledger") + service("ledger") + MESH_STRICT + policy(mode="PERMISSIVE"),
        [("peerauthentication/default -n shop", "spec.mtls.mode")],
    ),
    "no finding: nothing says STRICT": (CART + policy(mode="PERMISSIVE"), []),
    "no finding: no policy at all": (CART, []),
    "no finding: STRICT below PERMISSIVE": (
        CART + policy(mode="PERMISSIVE", namespace="istio-system") + policy(mode="STRICT"),
        [],
    ),
    "no finding: UNSET inherits STRICT": (CART + MESH_STRICT + policy(), []),
    "no finding: a policy that loses to an older one": (
        CART + MESH_STRICT + policy("a", "STRICT") + policy("b", "PERMISSIVE"),
        [],
    ),
    "no finding: no pod has a sidecar": (
        workload(labels='sidecar.istio.io/inject: "false"') + service() + MESH_STRICT + policy(mode="PERMISSIVE"),
        [],
    ),
    "no finding: the port of the exception is no Service's": (
        CART + policy("cart", "STRICT", select="{app: cart}", ports="{9090: {mode: PERMISSIVE}}"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_services_that_are_open_below_a_strict_level(text, expected):
    assert found(check, view_of(text)) == expected


def test_the_message_names_the_service_and_the_policy_that_is_overruled():
    view = view_of(CART + MESH_STRICT + policy(mode="PERMISSIVE"), live=False)
    assert only(check, view).message == (
        "peerauthentication/default lets service/cart:80 accept plaintext (PERMISSIVE), "
        "although peerauthentication/default -n istio-system says STRICT"
    )


def test_the_fix_of_a_port_names_the_port():
    text = CART + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: PERMISSIVE}}")
    assert only(check, view_of(text)).fix == (
        "kubectl mtls switch-mode pa/cart -n shop --port 8080 --to STRICT -f mesh.yaml --write"
    )


def test_services_of_namespaces_that_were_not_read_are_left_out():
    view = view_of(CART + MESH_STRICT + policy(mode="PERMISSIVE"), namespaces=["bank"])
    assert found(check, view) == []


def test_where_policies_are_forbidden_the_rule_is_unchecked_and_claims_nothing():
    view = view_of(CART + MESH_STRICT + policy(mode="PERMISSIVE"), gaps=[forbidden(PEER_AUTHENTICATION, "shop")])
    judgement = judged(view)
    assert judgement.findings == ()
    assert "MTLS102" in {one.rule.code for one in judgement.unchecked}
