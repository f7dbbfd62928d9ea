"""`kubectl mtls check`: what is wrong, and nothing else, for pipelines and Git repositories."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

import typer

from kubectl_mtls.cli.against import read_comparison
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.gather import CONNECTION_KINDS, demand_namespaces, demand_services, read_mesh
from kubectl_mtls.cli.gather_secrets import SecretsWanted, read_secrets
from kubectl_mtls.cli.options import AllowGaps, At, NoSecrets, Output, ReadCa, scoped
from kubectl_mtls.cli.rule_choice import Asked, choose_rules
from kubectl_mtls.cli.scope import Scope, parse_moment
from kubectl_mtls.cli.threshold import exit_code, parse_threshold
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.ignore_file import read_ignore_file
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.services import resolve_services
from kubectl_mtls.render.check_text import check_object, render_check
from kubectl_mtls.render.github import render_github
from kubectl_mtls.render.junit import render_junit
from kubectl_mtls.render.sarif import render_sarif
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.rules import expired_ignore, invalid_ignore
from kubectl_mtls.rules.catalogue import CATALOGUE, every_rule
from kubectl_mtls.rules.ignoring import ignores_by_ref
from kubectl_mtls.rules.report import Report, compare, set_aside
from kubectl_mtls.rules.rule import Judgement, Rule, View, judge
from kubectl_mtls.version import VERSION

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
    at: At = None,
) -> int:
    """Show what is wrong, and nothing else: for pipelines and Git repositories.

    Exit codes: 0 passed; 1 a finding at or above --fail-on; 2 a wrong flag, name or file; 3 something that could not be
    read touches the answer (without --allow-gaps), or nothing could be read.
    """
    check_format(output, *_FORMATS)
    threshold = parse_threshold(fail_on) or Severity.ERROR
    is_asked = choose_rules(select or (), ignore or (), every_rule)
    entries = read_ignore_file(ignore_file, scope.session.stdin.read) if ignore_file else ()
    if against:
        now = parse_moment(at, scope.session)
        report = _compared(scope, against, entries, is_asked, now)
    else:
        report, now = _checked(scope, entries, is_asked, at, SecretsWanted(no_secrets, read_ca))
    report = Report(report.checked, report.unchecked, report.rules, threshold, allow_gaps, report.shapeless)
    scope.session.answer(_rendered(report, output, now))
    return exit_code(report.counting, threshold, report.is_blind)


def _checked(
    scope: Scope, entries: Sequence[Ignore], is_asked: Asked, at: str | None, wanted: SecretsWanted
) -> tuple[Report, datetime]:
    """What is wrong now."""
    source, namespaces = scope.source(), scope.namespaces()
    now = scope.moment(at)
    snapshot = read_mesh(source, namespaces, scope.istio_namespace, live=scope.live, also=CONNECTION_KINDS)
    if scope.live:
        demand_services(snapshot)
    demand_namespaces(snapshot, namespaces)
    snapshot = read_secrets(source, snapshot, namespaces, wanted, live=scope.live)
    return _report(_view(snapshot, namespaces, now), entries, is_asked), now


def _compared(scope: Scope, against: str, entries: Sequence[Ignore], is_asked: Asked, now: datetime) -> Report:
    """What would be wrong, and what of it is new."""
    comparison = read_comparison(scope, against, now)
    before = _judged(_view(comparison.before, comparison.namespaces, now), is_asked)
    report = _report(_view(comparison.after, comparison.namespaces, now), entries, is_asked, with_secrets=False)
    checked = tuple(compare(before.findings, report.checked))
    return Report(checked, report.unchecked, report.rules, report.threshold, shapeless=report.shapeless)


def _view(snapshot: Snapshot, namespaces: tuple[str, ...] | None, now: datetime) -> View:
    covered = None if namespaces is None else frozenset(namespaces)
    rows = resolve_services(snapshot)
    return View(snapshot, tuple(r for r in rows if covered is None or r.key[0] in covered), now, covered)


def _judged(view: View, is_asked: Asked) -> Judgement:
    return judge(view, [(rule, one) for rule, one in CATALOGUE if is_asked(rule.code, rule.name)])


def _report(view: View, entries: Sequence[Ignore], is_asked: Asked, *, with_secrets: bool = True) -> Report:
    judgement = _judged(view, is_asked)
    more = [*expired_ignore.check_entries(entries, view.now), *invalid_ignore.check_entries(entries)]
    unread = [gap for gap in view.snapshot.gaps if gap.was_not_asked]
    rules = [
        rule
        for rule, _ in CATALOGUE
        if is_asked(rule.code, rule.name) and not any(rule.blinded_by(gap) for gap in unread)
    ]
    if with_secrets and view.snapshot.secrets:
        certificate_rules, of_secrets = _certificates(view)
        more += of_secrets
        rules += [rule for rule in certificate_rules if is_asked(rule.code, rule.name)]
    if not rules:
        raise InvalidInput("these rules are asked of Secrets, and none was read", "kubectl mtls inspect-secret NAME")
    findings = (*judgement.findings, *(one for one in more if is_asked(one.code, one.name)))
    checked = set_aside(sorted(findings, key=lambda one: one.order), ignores_by_ref(view), entries, view.now)
    shapeless = tuple(gap for gap in view.snapshot.gaps if gap.kind is None)
    return Report(checked, judgement.unchecked, tuple(rules), Severity.ERROR, shapeless=shapeless)


def _certificates(view: View) -> tuple[Iterable[Rule], list[Finding]]:
    """The rules of certificates, and what they find."""
    from kubectl_mtls.cli.secret_findings import secret_findings  # certs.inspection takes 0.1 s to import
    from kubectl_mtls.rules.certificate_problem import PROBLEM_RULES

    return PROBLEM_RULES.values(), list(secret_findings(view))


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
