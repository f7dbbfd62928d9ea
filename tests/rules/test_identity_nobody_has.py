import pytest

from kubectl_mtls.rules.identity_nobody_has import check
from tests.rules.mesh import authorization, found, only, policy, service, view_of, workload

CART = service() + workload()
DISABLED = policy(mode="DISABLE")
ASKS = authorization("{principals: [cluster.local/ns/shop/sa/web]}")
FINDING = [("peerauthentication/default -n shop", "spec.mtls.mode")]
CASES = {
    "a principal is asked for": (DISABLED + ASKS, FINDING),
    "those without any are denied": (DISABLED + authorization('{notPrincipals: ["*"]}', action="DENY"), FINDING),
    "the workload's port is DISABLE": (
        policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}") + ASKS,
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")],
    ),
    "no finding: addresses are asked for": (DISABLED + authorization("{ipBlocks: [10.0.0.0/8]}"), []),
    "no finding: mutual TLS is on": (policy(mode="PERMISSIVE") + ASKS, []),
    "no finding: the rule is about another port": (
        DISABLED + authorization('{principals: ["*"]}', more='to: [{operation: {ports: ["9090"]}}]'),
        [],
    ),
    "no finding: the rule is about other pods": (
        DISABLED + authorization('{principals: ["*"]}', select="{app: ledger}"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_identities_asked_for_where_there_are_none(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(CART + text)) == expected


def test_the_policy_that_asks_is_named() -> None:
    message = only(check, view_of(CART + DISABLED + ASKS)).message
    assert "where authorizationpolicy/cart asks for an identity that nobody has" in message
