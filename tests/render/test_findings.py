"""Findings and gaps as people read them."""

from datetime import UTC, datetime, timedelta

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD
from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.origin import ApiOrigin, FileOrigin
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.render.findings import render_findings, render_gaps

NOW = datetime(2026, 8, 1, tzinfo=UTC)
DEFAULT = Ref(PEER_AUTHENTICATION, "shop", "default")


def finding(severity: Severity = Severity.ERROR, message: str = "is wrong", **rest: object) -> Finding:
    return Finding(
        "MTLS101", "name", severity, **{"object": DEFAULT, "field": "spec.mtls.mode", "message": message, **rest}
    )  # type: ignore[arg-type]  # tests only


def test_no_findings_are_said_to_be_none() -> None:
    assert render_findings([], NOW) == "no findings\n"


def test_a_finding_says_what_where_since_when_and_what_mends_it() -> None:
    one = finding(
        fix="kubectl mtls switch-mode pa/default --to STRICT -n shop",
        changed=Changed(NOW - timedelta(minutes=40), "kubectl-edit"),
        origin=FileOrigin("shop.yaml", 1, {"spec.mtls": 6}),
    )
    assert render_findings([one], NOW) == (
        "1 error (kubectl mtls rules CODE explains)\n"
        "error    MTLS101  peerauthentication/default -n shop: is wrong\n"
        "         at shop.yaml:6\n"
        "         changed 40m ago by kubectl-edit\n"
        "         fix: kubectl mtls switch-mode pa/default --to STRICT -n shop\n"
    )


def test_findings_are_counted_by_severity() -> None:
    several = [finding(), finding(), finding(Severity.WARNING), *[finding(Severity.INFO)] * 2]
    assert render_findings(several, NOW).startswith("2 errors, 1 warning, 2 info (")


def test_a_finding_of_the_cluster_has_no_line() -> None:
    assert " at " not in render_findings([finding(origin=ApiOrigin())], NOW)


def test_an_object_that_the_message_begins_with_is_named_once_and_with_its_namespace() -> None:
    shown = render_findings([finding(message="peerauthentication/default says nothing")], NOW)
    assert "MTLS101  peerauthentication/default -n shop says nothing\n" in shown


def test_a_finding_of_the_mesh_has_no_object() -> None:
    assert "MTLS101  is wrong\n" in render_findings([finding(object=None)], NOW)


def test_hostile_text_neither_steers_the_terminal_nor_begins_a_line_of_its_own() -> None:
    evil = "a\x1b[31m\nerror    MTLS999  faked\r\u202e"
    shown = render_findings([finding(message=evil, fix=evil, changed=Changed(NOW, evil))], NOW)
    assert all(line.isprintable() for line in shown.splitlines())
    assert not [line for line in shown.splitlines() if line.startswith("error    MTLS999")]
    assert "a^[[31m\\nerror" in shown


def test_nothing_missing_is_not_mentioned() -> None:
    assert render_gaps([]) == ""


def test_gaps_are_listed_and_the_roles_named_where_a_rule_is_missing() -> None:
    malformed = Gap(POD, "shop", "a", GapReason.MALFORMED, "mesh.yaml:1: Pod a: spec is\x1b bad")
    forbidden = Gap(POD, None, None, GapReason.FORBIDDEN, "pods forbidden", "list pods")
    assert render_gaps([malformed]) == (
        "NOT READ   what depends on it is UNKNOWN\n  mesh.yaml:1: Pod a: spec is^[ bad\n"
    )
    assert "docs/rbac" in render_gaps([malformed, forbidden])
