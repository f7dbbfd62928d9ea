import pytest

from kubectl_mtls.rules.disabled_behind_headless import check
from tests.rules.mesh import destination_rule, found, only, pod, policy, service, tls, view_of, workload

HEADLESS = service(spec="clusterIP: None") + workload()
DISABLED = policy("cart", "DISABLE", select="{app: cart}")
CASES = {
    "the workload is DISABLE": (HEADLESS + DISABLED, [("peerauthentication/cart -n shop", "spec.mtls.mode")]),
    "its port is": (
        HEADLESS + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")],
    ),
    "no finding: clients see each endpoint of an ordinary Service": (service() + workload() + DISABLED, []),
    "no finding: the namespace is DISABLE, which clients do hear": (HEADLESS + policy(mode="DISABLE"), []),
    "no finding: another port is DISABLE": (
        HEADLESS + policy("cart", "STRICT", select="{app: cart}", ports="{9090: {mode: DISABLE}}"),
        [],
    ),
    "no finding: a rule makes clients send plaintext": (
        HEADLESS + DISABLED + destination_rule(tls("DISABLE"), "cart"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_what_clients_of_headless_services_do_not_hear(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected


def test_the_fix_names_the_port() -> None:
    text = (
        service(spec="clusterIP: None")
        + pod(proxy=True)
        + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}")
    )
    fix = "kubectl mtls switch-mode pa/cart -n shop --port 8080 --to PERMISSIVE"
    assert only(check, view_of(text, live=True)).fix == fix
