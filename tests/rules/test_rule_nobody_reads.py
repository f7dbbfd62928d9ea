import pytest

from kubectl_mtls.model.kind import POD
from kubectl_mtls.rules.rule_nobody_reads import check
from tests.rules.mesh import destination_rule, forbidden, found, pod, tls, view_of

AMBIENT = pod(annotations="ambient.istio.io/redirection: enabled")
RULE = destination_rule(tls("SIMPLE"), "partner", host="partner.example")
PRIVATE = destination_rule(tls("SIMPLE"), "partner", host="partner.example", more='exportTo: ["."]')
FINDING = [("destinationrule/partner -n shop", "spec.trafficPolicy.tls")]
ELSEWHERE = pod("web", namespace="front", proxy=True)
CASES = {
    "all clients are in ambient mode": (AMBIENT + RULE, FINDING),
    "those of the rule's namespace are, and it is private": (AMBIENT + PRIVATE + ELSEWHERE, FINDING),
    "no finding: a client elsewhere has a sidecar": (AMBIENT + RULE + ELSEWHERE, []),
    "no finding: a client beside it has a sidecar": (AMBIENT + PRIVATE + pod("web", proxy=True), []),
    "no finding: a waypoint reads it": (
        AMBIENT + RULE + pod("waypoint", proxy=True, labels="gateway.istio.io/managed: istio.io-mesh-controller"),
        [],
    ),
    "no finding: nothing is said of TLS": (AMBIENT + destination_rule("{connectionPool: {}}"), []),
    "no finding: nobody is in ambient mode": (pod() + RULE, []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_rules_for_clients_that_read_none(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected


def test_where_pods_could_not_be_read_somebody_may_read_it() -> None:
    assert found(check, view_of(AMBIENT + RULE, gaps=[forbidden(POD, "front")])) == []
    assert found(check, view_of(AMBIENT + RULE, namespaces=["shop"])) == []
