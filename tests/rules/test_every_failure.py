"""Whatever fails in a mesh has a finding: no port is FAILS in `status` while `check` is content.

The meshes are the drawn ones of tests/conformance, in which istiod's own code says what clients send.
"""

from typing import Any

import pytest

from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.failure.obstacle import Obstacle
from tests.conformance.comparison import cases
from tests.rules.mesh import judged, view_of

CODE = {
    Obstacle.AUTO_MTLS_OFF: "MTLS116",
    Obstacle.PARENT_DISABLED: "MTLS115",
    Obstacle.NAKED_NEIGHBOUR: "MTLS111",
    Obstacle.UNMARKED: "MTLS504",
    Obstacle.MARKED: "MTLS505",
    Obstacle.EXCLUDED_PORT: "MTLS502",
    Obstacle.DISABLED_BEHIND_HEADLESS: "MTLS117",
    Obstacle.NO_IDENTITY: "MTLS118",
    Obstacle.TRUST_DOMAINS: "MTLS121",
    Obstacle.NOT_KNOWN: "MTLS122",
    Obstacle.UNCAPTURED: "MTLS512",
    Obstacle.OWN_FILES: "MTLS123",
    Obstacle.PROXYLESS: "MTLS123",
    Obstacle.ZTUNNEL: "MTLS513",
    Obstacle.WAYPOINT: "MTLS513",
    Obstacle.TO_ZTUNNEL: "MTLS513",
    Obstacle.NOTHING_LISTENS: "MTLS123",
    Obstacle.GATEWAY: "MTLS123",
    Obstacle.OTHER: "MTLS123",
}
DROPPED = {"MTLS202", "MTLS204"}
"""Blocks that istiod drops are found whether anything fails by them or not."""


def fails(connection: Connection) -> bool:
    return Verdict.FAILS in {connection.verdict, *(result.outcome.verdict for result in connection.results)}


def test_every_obstacle_has_a_rule() -> None:
    assert set(CODE) == set(Obstacle)


@pytest.mark.parametrize("case", [case for case, _ in cases()], ids=[case["id"] for case, _ in cases()])
def test_every_failure_of_a_client_with_a_proxy_has_a_finding(case: dict[str, Any]) -> None:
    view = view_of(case["yaml"])
    codes = {finding.code for finding in judged(view).findings}
    obstacles = {obstacle for obstacle, failures in view.failures.items() if failures}
    assert {CODE[obstacle] for obstacle in obstacles} <= codes
    explained = {id(one.callers) for failures in view.failures.values() for one in failures}
    unexplained = [
        callers.connection
        for traffic in view.traffic
        for callers in traffic.callers
        if fails(callers.connection) and id(callers) not in explained
    ]
    dropped = [one for one in unexplained if one.cluster and one.cluster.dropped]
    assert not dropped or codes & DROPPED
    by_rule = {(one.host.name, one.port.number) for failure in view.rule_failures for one in failure.connections}
    assert [one for one in unexplained if one not in dropped and (one.host.name, one.port.number) not in by_rule] == []


def test_the_drawn_meshes_fail_in_many_ways() -> None:
    seen = {obstacle for case, _ in cases()[:40] for obstacle, found in view_of(case["yaml"]).failures.items() if found}
    assert len(seen) >= 6
