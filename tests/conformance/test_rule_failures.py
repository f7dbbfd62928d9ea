"""Over the meshes that istiod answered for: whatever FAILS by a DestinationRule is one finding, whose fix mends it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.finding import Severity
from kubectl_mtls.posture.client.client_class import Classifier
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.failure.blame import deciding_place, failures_of
from kubectl_mtls.posture.failure.rule_failures import RuleFailure
from kubectl_mtls.posture.server.services import resolve_services
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.judgement import judge
from kubectl_mtls.rules.view import View
from tests.conformance.comparison import cases, snapshot_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MESHES = [pytest.param(case["yaml"], id=case["id"]) for case, _ in cases()]
CODES = {"MTLS203", "MTLS205", "MTLS206", "MTLS207", "MTLS208"}
DROPPED = {"MTLS202", "MTLS204"}


def view_of(text: str) -> View:
    snapshot = snapshot_of(text)
    return View(snapshot, resolve_services(snapshot), NOW)


def failing(view: View) -> list[Connection]:
    """Every class of clients asked one by one, without any folding."""
    classes = Classifier(view.connections.outbound).group(view.snapshot.pods.values())
    found = [one for client in classes for one in view.connections.every(client)]
    return [one for one in found if one.cluster and deciding_place(one.cluster) and failures_of(one)]


def place(one: Connection) -> tuple[object, str]:
    found = deciding_place(one.cluster) if one.cluster else None
    assert found
    return found.rule.metadata.ref, found.field


def target(one: Connection) -> tuple[object, ...]:
    host = one.cluster.host if one.cluster else one.host
    return host.key, one.port.number, one.subset, one.client.is_gateway


@pytest.mark.parametrize("text", MESHES)
def test_what_fails_by_a_rule_is_exactly_one_failure_or_a_block_that_istiod_drops(text: str) -> None:
    view = view_of(text)
    told = Counter(
        ((one.place.rule.metadata.ref, one.place.field), target(connection))
        for one in view.rule_failures
        for connection in {target(one): one for one in one.connections}.values()
    )
    dropped = {(f.object, f.field.rpartition(".")[0]) for f in judge(view, CATALOGUE).findings if f.code in DROPPED}
    for one in failing(view):
        is_dropped = one.cluster is not None and one.cluster.dropped is not None
        assert told[place(one), target(one)] == (0 if is_dropped else 1), (place(one), target(one))
        assert not is_dropped or place(one) in dropped


@pytest.mark.parametrize("text", MESHES)
def test_every_failure_is_an_error_of_its_place_and_nothing_crashes(text: str) -> None:
    view = view_of(text)
    findings = [one for one in judge(view, CATALOGUE).findings if one.code in CODES]
    assert {one.severity for one in findings} <= {Severity.ERROR}
    assert len(findings) == len(view.rule_failures)
    assert all(one.fix for one in findings)


@pytest.mark.parametrize("text", MESHES)
def test_the_edit_written_into_the_mesh_mends_what_it_was_found_for(text: str) -> None:
    view = view_of(text)
    for failure in view.rule_failures:
        if failure.edited is not None:
            after = _with_rule(view, failure.place.rule, failure.edited)
            before = sum(map(failures_of, _again(view, failure)))
            assert sum(map(failures_of, _again(after, failure))) < before


def _with_rule(view: View, old: DestinationRule, new: DestinationRule) -> View:
    rules = tuple(new if one is old else one for one in view.snapshot.destination_rules)
    return View(replace(view.snapshot, destination_rules=rules), view.rows, view.now)


def _again(view: View, failure: RuleFailure) -> list[Connection]:
    """The connections of a failure as another mesh has them; a subset that is gone counts as the plain host."""
    found: list[Connection] = []
    for one in failure.connections:
        host = view.connections.named(one.client, one.host.name)
        assert host
        every = view.connections.of(one.client, host, host.port(one.port.number) or one.port)
        found.append(next((other for other in every if other.subset == one.subset), every[0]))
    return found


def test_the_meshes_have_failures_of_every_kind() -> None:
    causes: Counter[Any] = Counter(one.cause for text in MESHES for one in view_of(text.values[0]).rule_failures)
    assert len(causes) == len(CODES)
    assert sum(causes.values()) > 50
