import pytest

from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.rules.unknown_mode import check
from tests.rules.mesh import forbidden, found, judged, only, policy, view_of

CASES = {
    "a client's mode in a policy": (
        policy(mode="ISTIO_MUTUAL"),
        [("peerauthentication/default -n shop", "spec.mtls.mode")],
    ),
    "an unknown mode of a port": (
        policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: OFF}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")],
    ),
    "a port with a name": (
        policy("cart", select="{app: cart}", ports="{web: {mode: STRICT}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.web")],
    ),
    "no finding: each of the four legal modes": (
        "".join(policy(mode.lower(), mode) for mode in ("UNSET", "DISABLE", "PERMISSIVE", "STRICT")),
        [],
    ),
    "no finding: no mode at all": (policy(), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_modes_that_istio_does_not_know(text, expected):
    assert found(check, view_of(text)) == expected


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("ISTIO_MUTUAL", "write STRICT in mesh.yaml:6"),
        ("strict", "write STRICT in mesh.yaml:6"),
        ("DISABLED", "write DISABLE in mesh.yaml:6"),
        ("SOMETHING", "write one of UNSET, DISABLE, PERMISSIVE, STRICT into spec.mtls.mode"),
    ],
)
def test_the_fix_is_the_mode_that_was_probably_meant(written, fix):
    assert only(check, view_of(policy(mode=written))).fix == fix


def test_on_a_cluster_the_fix_can_be_pasted():
    assert only(check, view_of(policy(mode="ISTIO_MUTUAL"), live=True)).fix == (
        "kubectl patch peerauthentication default -n shop --type json -p "
        """'[{"op": "replace", "path": "/spec/mtls/mode", "value": "STRICT"}]'"""
    )


def test_the_message_says_whose_mode_it_is_and_that_nothing_is_protected():
    message = only(check, view_of(policy(mode="ISTIO_MUTUAL"))).message
    assert "DestinationRule's mode" in message
    assert "protects nothing" in message


def test_a_policy_of_a_namespace_that_is_not_asked_about_is_left_out():
    assert found(check, view_of(policy(mode="ISTIO_MUTUAL"), namespaces=["bank"])) == []


def test_forbidden_policies_leave_the_rule_unchecked():
    unchecked = judged(view_of("", gaps=[forbidden(PEER_AUTHENTICATION)])).unchecked
    assert "MTLS101" in {one.rule.code for one in unchecked}
