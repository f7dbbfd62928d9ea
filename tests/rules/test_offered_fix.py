"""What `explain` offers is the fix of a finding: of the one that is about the connection."""

from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.rules.offered_fix import OF_OBSTACLES, OfferedFixes
from kubectl_mtls.rules.view import View
from tests.conformance.comparison import cases
from tests.rules.mesh import destination_rule, judged, policy, service, tls, view_of, workload

ADVICE_ALONE = {
    *(Obstacle.NOT_KNOWN, Obstacle.NOTHING_LISTENS, Obstacle.GATEWAY, Obstacle.OWN_FILES, Obstacle.PROXYLESS),
    Obstacle.OTHER,
}
STRICT, REPORT = policy("default", "STRICT"), workload("report")
CART = service("cart") + workload("cart")
EXCLUDED = workload("cart", annotations='traffic.sidecar.istio.io/excludeInboundPorts: "8080"')
DEMANDING = """---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec: {rules: [{from: [{source: {principals: ["*"]}}]}]}
"""


def connections(view: View) -> Iterator[Connection]:
    """Those of clients with a proxy to the Services."""
    return (callers.connection for traffic in view.traffic for callers in traffic.callers)


def offered(view: View, port: int = 80) -> set[Finding | None]:
    """To one port of every Service."""
    fixes = OfferedFixes(view)
    return {fixes.of(one) for one in connections(view) if one.port.number == port}


@pytest.mark.parametrize(
    ("mesh", "code", "fix"),
    [
        pytest.param(STRICT + CART + destination_rule(tls("DISABLE"), host="cart"), "MTLS203", "dr/", id="a rule"),
        pytest.param(service("cart") + EXCLUDED, "MTLS502", "take 8080 out", id="an annotation"),
        pytest.param(policy("default", "DISABLE") + CART + DEMANDING, "MTLS118", "--to PERMISSIVE", id="no identity"),
    ],
)
def test_the_fix_is_that_of_the_finding(mesh: str, code: str, fix: str) -> None:
    (found,) = offered(view_of(mesh + REPORT)) - {None}
    assert found is not None
    assert (found.code, fix in (found.fix or "")) == (code, True)


@pytest.mark.parametrize(
    "mesh", [pytest.param(STRICT + CART, id="works"), pytest.param(CART + destination_rule(tls("DISABLE")), id="plain")]
)
def test_what_does_not_fail_needs_no_fix(mesh: str) -> None:
    assert offered(view_of(mesh + REPORT)) == {None}


def test_every_obstacle_has_a_finding_or_advice() -> None:
    assert set(OF_OBSTACLES) | ADVICE_ALONE == set(Obstacle)


@pytest.mark.parametrize("case", [case for case, _ in cases()[:60]], ids=[case["id"] for case, _ in cases()[:60]])
def test_what_is_offered_is_among_the_findings(case: dict[str, Any]) -> None:
    view = view_of(case["yaml"])
    fixes, findings = OfferedFixes(view), {(one.code, one.object) for one in judged(view).findings}
    found = [one for connection in connections(view) if (one := fixes.of(connection))]
    assert {(one.code, one.object) for one in found} <= findings
    obstructed = {id(one.callers) for obstacle in OF_OBSTACLES for one in view.failures[obstacle]}
    of_obstructed = [one.connection for traffic in view.traffic for one in traffic.callers if id(one) in obstructed]
    assert all(map(fixes.of, of_obstructed))
