import pytest

from kubectl_mtls.rules.port_modes_without_selector import check
from tests.rules.mesh import found, only, policy, view_of

FIELD = "spec.portLevelMtls"
CASES = {
    "ports for a namespace": (policy(ports="{8080: {mode: DISABLE}}"), [("peerauthentication/default -n shop", FIELD)]),
    "ports for the mesh": (
        policy(namespace="istio-system", ports="{8080: {mode: DISABLE}}"),
        [("peerauthentication/default -n istio-system", FIELD)],
    ),
    "a selector without labels": (
        policy(select="{}", ports="{8080: {mode: DISABLE}}"),
        [("peerauthentication/default -n shop", FIELD)],
    ),
    "no finding: a selector": (policy(select="{app: cart}", ports="{8080: {mode: DISABLE}}"), []),
    "no finding: no ports": (policy(mode="STRICT"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_port_modes_that_istiod_ignores(text, expected):
    assert found(check, view_of(text)) == expected


def test_the_message_says_which_mode_holds_instead():
    message = only(check, view_of(policy(mode="STRICT", ports="{8080: {mode: DISABLE}}"))).message
    assert "sets port 8080 DISABLE without a selector" in message
    assert message.endswith("the mode STRICT of the whole policy holds there too")


def test_on_a_cluster_the_fix_can_be_pasted():
    assert only(check, view_of(policy(ports="{8080: {mode: DISABLE}}"), live=True)).fix == (
        "kubectl patch peerauthentication default -n shop --type json -p "
        """'[{"op": "remove", "path": "/spec/portLevelMtls"}]'"""
    )
