"""`kubectl mtls check`: what is wrong, and nothing else, for pipelines and Git repositories."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kubectl_mtls.cli.against import compared, read_comparison
from kubectl_mtls.cli.check_report import findings_of, report_of, view_of
from kubectl_mtls.cli.essentials import demand_namespaces, demand_services
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.gather import CONNECTION_KINDS, read_mesh
from kubectl_mtls.cli.gather_secrets import SecretsWanted, read_secrets
from kubectl_mtls.cli.options import AllowGaps, At, NoSecrets, Output, PolicyFile, ReadCa, scoped
from kubectl_mtls.cli.policy import read_policy
from kubectl_mtls.cli.rule_choice import Asked, choose_rules
from kubectl_mtls.cli.scope import Scope, parse_moment
from kubectl_mtls.cli.surroundings import with_files_around
from kubectl_mtls.cli.threshold import exit_code, parse_threshold
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.ignore_file import read_ignore_file
from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.render.check_text import check_object, render_check
from kubectl_mtls.render.github import render_github
from kubectl_mtls.render.junit import render_junit
from kubectl_mtls.render.sarif import render_sarif
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.rules.catalogue import every_rule
from kubectl_mtls.rules.lost_connections import CHANGE_RULES
from kubectl_mtls.rules.report import Report
from kubectl_mtls.version import VERSION

if TYPE_CHECKING:
    from kubectl_mtls.certs.policy import Policy

_RULES = "CODES"
_FORMATS = ("table", "json", "yaml", "sarif", "junit", "github")


@scoped()
def check(
    scope: Scope,
    output: Output = "table",
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar=_RULES, help="Only these rules: codes, names, MTLS1 for all that begin so."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar=_RULES, help="Without these rules.")] = None,
    ignore_file: Annotated[
        str | None,
        typer.Option("--ignore-file", metavar="FILE", help="YAML list of {code, object, reason, until} to ignore."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="cluster", help="What would be new if the files of -f were applied to it."),
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="SEVERITY", help="Exit 1 at an error, warning or info, or worse.")
    ] = "error",
    allow_gaps: AllowGaps = False,
    read_ca: ReadCa = False,
    no_secrets: NoSecrets = False,
    policy: PolicyFile = None,
    at: At = None,
) -> int:
    """Show what is wrong, and nothing else: for pipelines and Git repositories.

    Exit codes: 0 passed; 1 a finding at or above --fail-on; 2 a wrong flag, name or file; 3 something that could not be
    read touches the answer (without --allow-gaps), or nothing could be read.
    """
    check_format(output, *_FORMATS)
    threshold = parse_threshold(fail_on) or Severity.ERROR
    known = (lambda: (*every_rule(), *CHANGE_RULES)) if against else every_rule
    is_asked = choose_rules(select or (), ignore or (), known)
    entries = read_ignore_file(ignore_file, scope.session.stdin.read) if ignore_file else ()
    allowed = read_policy(policy, scope.session)
    if against:
        now = parse_moment(at, scope.session)
        report = _compared(scope, against, entries, is_asked, now, allowed)
    else:
        report, now = _checked(scope, entries, is_asked, at, SecretsWanted(no_secrets, read_ca), allowed)
    if not report.rules:
        raise InvalidInput("these rules are asked of Secrets, and none was read", "kubectl mtls inspect-secret NAME")
    report = replace(report, threshold=threshold, allow_gaps=allow_gaps)
    scope.session.answer(_rendered(report, output, now))
    return exit_code(report.counting, threshold, report.is_blind)


def _checked(
    scope: Scope,
    entries: Sequence[Ignore],
    is_asked: Asked,
    at: str | None,
    wanted: SecretsWanted,
    allowed: "Policy | None",
) -> tuple[Report, datetime]:
    """What is wrong now."""
    source, namespaces = scope.source(), scope.namespaces()
    now = scope.moment(at)
    snapshot = read_mesh(source, namespaces, scope.istio_namespace, live=scope.live, also=CONNECTION_KINDS)
    if scope.live:
        demand_services(snapshot)
    demand_namespaces(snapshot, namespaces)
    snapshot = read_secrets(source, snapshot, namespaces, wanted, live=scope.live)
    if not scope.live:
        snapshot = with_files_around(source, snapshot)
    return report_of(view_of(snapshot, namespaces, now, allowed), entries, is_asked), now


def _compared(
    scope: Scope, against: str, entries: Sequence[Ignore], is_asked: Asked, now: datetime, allowed: "Policy | None"
) -> Report:
    """What would be wrong, and what of it is new."""
    comparison = read_comparison(scope, against, now)
    view = view_of(comparison.before, comparison.namespaces, now, allowed)
    before = findings_of(view, is_asked)
    after = view_of(comparison.after, comparison.namespaces, now, allowed)
    return compared(report_of(after, entries, is_asked), before, view, after, entries, is_asked)


def _rendered(report: Report, output: str, now: datetime) -> str:
    match output:
        case "sarif":
            return render_sarif(report, VERSION)
        case "junit":
            return render_junit(report, now)
        case "github":
            return render_github(report)
        case "json" | "yaml":
            return render_structured("CheckReport", check_object(report), output)
    return render_check(report, now)
