import pytest

from kubectl_mtls.rules.strict_under_disable import check
from tests.rules.mesh import authorization, destination_rule, found, only, policy, service, tls, view_of, workload

CART = service() + workload()
DISABLED = policy(mode="DISABLE")
STRICT = policy("cart", "STRICT", select="{app: cart}")
OF_NAMESPACE = [("peerauthentication/default -n shop", "spec.mtls.mode")]
CASES = {
    "the namespace is DISABLE": (DISABLED + STRICT, OF_NAMESPACE),
    "the mesh is DISABLE": (
        policy(mode="DISABLE", namespace="istio-system") + STRICT,
        [("peerauthentication/default -n istio-system", "spec.mtls.mode")],
    ),
    "only the port is STRICT": (
        DISABLED + policy("cart", "DISABLE", select="{app: cart}", ports="{8080: {mode: STRICT}}"),
        OF_NAMESPACE,
    ),
    "PERMISSIVE, where an identity is asked for": (
        DISABLED + policy("cart", "PERMISSIVE", select="{app: cart}") + authorization('{principals: ["*"]}'),
        OF_NAMESPACE,
    ),
    "no finding: the namespace says something else than the mesh": (
        policy(mode="DISABLE", namespace="istio-system") + policy(mode="PERMISSIVE") + STRICT,
        [],
    ),
    "no finding: PERMISSIVE takes the plaintext": (
        DISABLED + policy("cart", "PERMISSIVE", select="{app: cart}"),
        [],
    ),
    "no finding: a rule makes clients send mutual TLS": (
        DISABLED + STRICT + destination_rule(tls("ISTIO_MUTUAL"), "cart"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_parent_that_switches_mutual_tls_off(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(CART + text)) == expected


def test_one_finding_tells_all_ports_and_how_many_fail() -> None:
    finding = only(check, view_of(CART + DISABLED + STRICT + workload("web")))
    assert (
        "plaintext to service/cart:80, where nearer policies want mutual TLS: 2 client workloads get" in finding.message
    )
    assert finding.fix == "kubectl mtls switch-mode pa/default -n shop --to PERMISSIVE -f mesh.yaml --write"
