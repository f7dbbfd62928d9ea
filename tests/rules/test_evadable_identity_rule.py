import pytest

from kubectl_mtls.rules.evadable_identity_rule import check
from tests.rules.mesh import authorization, found, only, pod, policy, service, view_of, workload

CART = service() + workload()
BATCH = "[cluster.local/ns/shop/sa/batch]"
DENIES = authorization(f"{{principals: {BATCH}}}", action="DENY")
OBJECT = "authorizationpolicy/cart -n shop"
CASES = {
    "an identity is denied": (DENIES, [(OBJECT, "spec.rules.0.from.0.source.principals")]),
    "all but one are let in": (authorization(f"{{notPrincipals: {BATCH}}}"), [(OBJECT, "spec.rules.0")]),
    "DISABLE takes plaintext too": (
        DENIES + policy(mode="DISABLE"),
        [(OBJECT, "spec.rules.0.from.0.source.principals")],
    ),
    "no finding: STRICT": (DENIES + policy(mode="STRICT"), []),
    "no finding: certain ones are let in, which plaintext is not": (authorization(f"{{principals: {BATCH}}}"), []),
    "no finding: whoever has none is denied": (authorization('{notPrincipals: ["*"]}', action="DENY"), []),
    "no finding: others are selected": (
        authorization(f"{{principals: {BATCH}}}", action="DENY", select="{app: ledger}"),
        [],
    ),
    "no finding: another port is meant": (
        authorization(f"{{principals: {BATCH}}}", action="DENY", more='to: [{operation: {ports: ["9090"]}}]'),
        [],
    ),
    "no finding: another policy asks for an identity anyway": (
        DENIES + authorization('{principals: ["*"]}').replace("name: cart", "name: known"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_rules_that_plaintext_gets_past(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(CART + text)) == expected


def test_the_fix_is_the_policy_that_lets_plaintext_in_or_the_namespace() -> None:
    assert only(check, view_of(CART + DENIES)).fix == "kubectl mtls switch-mode ns/shop --to STRICT"
    by_policy = only(check, view_of(service() + pod(proxy=True) + DENIES + policy(mode="PERMISSIVE"), live=True))
    assert by_policy.fix == "kubectl mtls switch-mode pa/default -n shop --to STRICT"
