import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.rules.excluded_port import check
from tests.rules.mesh import (
    destination_rule,
    forbidden,
    found,
    judged,
    only,
    policy,
    service,
    tls,
    view_of,
    workload,
)

PREFIX = "traffic.sidecar.istio.io/"
EXCLUDED = workload(annotations=f'{PREFIX}excludeInboundPorts: "8080"')
STRICT = policy(mode="STRICT")


def finding(annotation: str) -> list[tuple[str, str]]:
    return [("deployment/cart -n shop", f"metadata.annotations.{annotation}")]


CASES = {
    "excluded under STRICT": (EXCLUDED + service() + STRICT, finding(f"{PREFIX}excludeInboundPorts")),
    "excluded under PERMISSIVE": (
        EXCLUDED + service() + policy(mode="PERMISSIVE"),
        finding(f"{PREFIX}excludeInboundPorts"),
    ),
    "excluded without any policy, which is PERMISSIVE too": (
        EXCLUDED + service(),
        finding(f"{PREFIX}excludeInboundPorts"),
    ),
    "not among the included ones": (
        workload(annotations=f'{PREFIX}includeInboundPorts: "9090"') + service() + STRICT,
        finding(f"{PREFIX}includeInboundPorts"),
    ),
    "no interception at all": (
        workload(annotations="sidecar.istio.io/interceptionMode: NONE") + service() + STRICT,
        finding("sidecar.istio.io/interceptionMode"),
    ),
    "no finding: the policy says DISABLE there": (
        EXCLUDED + service() + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}"),
        [],
    ),
    "no finding: another port is excluded": (
        workload(annotations=f'{PREFIX}excludeInboundPorts: "9090"') + service() + STRICT,
        [],
    ),
    "no finding: no Service sends there": (EXCLUDED + STRICT, []),
    "the proxy's own port, at which clients with a proxy fail": (
        workload(port=15020) + service(ports="{port: 80, targetPort: 15020}") + STRICT,
        finding(f"{PREFIX}excludeInboundPorts"),
    ),
    "no finding: the proxy's own port, which the policy opens": (
        workload(port=15020)
        + service(ports="{port: 80, targetPort: 15020}")
        + policy("cart", "STRICT", select="{app: cart}", ports="{15020: {mode: DISABLE}}"),
        [],
    ),
    "no finding: no sidecar": (
        workload(
            labels='sidecar.istio.io/inject: "false"',
            annotations=f'{PREFIX}excludeInboundPorts: "8080"',
        )
        + service()
        + STRICT,
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_ports_that_go_past_the_sidecar(text, expected):
    assert found(check, view_of(text)) == expected


def test_an_error_where_clients_send_the_application_a_handshake():
    assert only(check, view_of(EXCLUDED + service() + STRICT)).severity is Severity.ERROR
    naked = destination_rule(tls("DISABLE"), "cart")
    assert only(check, view_of(EXCLUDED + service() + STRICT + naked)).severity is Severity.WARNING


def test_the_message_says_that_the_mode_is_not_enforced():
    message = only(check, view_of(EXCLUDED + service() + STRICT)).message
    assert "keeps pod port 8080 (service/cart:80) from the sidecar, so its mode STRICT is not enforced" in message


@pytest.mark.parametrize(
    ("annotation", "fix"),
    [
        (f'{PREFIX}excludeInboundPorts: "8080"', f"take 8080 out of the annotation {PREFIX}excludeInboundPorts of "),
        (f'{PREFIX}includeInboundPorts: ""', f"add 8080 to the annotation {PREFIX}includeInboundPorts of "),
        (
            "sidecar.istio.io/interceptionMode: NONE",
            "remove the annotation sidecar.istio.io/interceptionMode from ",
        ),
    ],
)
def test_the_fix_fits_the_annotation(annotation, fix):
    finding = only(check, view_of(workload(annotations=annotation) + service() + STRICT))
    assert finding.fix == f"{fix}deployment/cart's pod template"


def test_where_policies_are_forbidden_the_rule_is_unchecked_and_claims_nothing():
    judgement = judged(view_of(EXCLUDED + service() + STRICT, gaps=[forbidden(PEER_AUTHENTICATION, "shop")]))
    assert judgement.findings == ()
    assert "MTLS502" in {one.rule.code for one in judgement.unchecked}
