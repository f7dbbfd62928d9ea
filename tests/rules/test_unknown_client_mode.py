import pytest

from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.rules.unknown_client_mode import check
from tests.rules.mesh import forbidden, found, judged, only, view_of


def rule(policy: str) -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: cart, namespace: shop}}
spec:
  host: cart
  {policy}
"""


NAME = "destinationrule/cart -n shop"
CASES = {
    "a server's mode at the top": (
        rule("trafficPolicy: {tls: {mode: STRICT}}"),
        [(NAME, "spec.trafficPolicy.tls.mode")],
    ),
    "a server's mode for a port": (
        rule("trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: PERMISSIVE}}]}"),
        [(NAME, "spec.trafficPolicy.portLevelSettings.0.tls.mode")],
    ),
    "a server's mode in a subset": (
        rule("subsets: [{name: v1, trafficPolicy: {tls: {mode: STRICT}}}]"),
        [(NAME, "spec.subsets.0.trafficPolicy.tls.mode")],
    ),
    "no finding: a client's mode": (rule("trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}"), []),
    "no finding: no tls block": (rule("trafficPolicy: {}"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_modes_that_istio_does_not_know(text, expected):
    assert found(check, view_of(text)) == expected


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("STRICT", "write ISTIO_MUTUAL in mesh.yaml:7"),
        ("MTLS", "write one of DISABLE, SIMPLE, MUTUAL, ISTIO_MUTUAL into spec.trafficPolicy.tls.mode"),
        ("PERMISSIVE", "remove spec.trafficPolicy.tls in mesh.yaml:7"),
        ("istio_mutual", "write ISTIO_MUTUAL in mesh.yaml:7"),
    ],
)
def test_the_fix_is_the_mode_that_was_probably_meant(written, fix):
    assert only(check, view_of(rule(f"trafficPolicy: {{tls: {{mode: {written}}}}}"))).fix == fix


def test_forbidden_rules_leave_the_rule_unchecked():
    unchecked = judged(view_of("", gaps=[forbidden(DESTINATION_RULE)])).unchecked
    assert "MTLS201" in [one.rule.code for one in unchecked]
