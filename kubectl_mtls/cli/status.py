"""`kubectl mtls status`: what every Service accepts, what decided it, and what is wrong."""

from typing import Annotated

import typer

from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.gather import demand_services, read_mesh, signing_secrets
from kubectl_mtls.cli.label_selector import Matches, parse_selector
from kubectl_mtls.cli.options import AllowGaps, At, FailOn, NoHeaders, Output, Selector, scoped
from kubectl_mtls.cli.scope import Scope, parse_moment
from kubectl_mtls.cli.target import Target, find_target, parse_target, target_namespaces
from kubectl_mtls.cli.threshold import exit_code, parse_threshold
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.snapshot import WORKLOAD_KINDS, Snapshot
from kubectl_mtls.posture.choice import Choice, choose, concerned, is_troubled, unite
from kubectl_mtls.posture.services import ServiceRow, resolve_services
from kubectl_mtls.posture.status import resolve_status
from kubectl_mtls.render.status_json import status_object
from kubectl_mtls.render.status_table import render_status
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.rule import View, judge

_TARGET_KINDS = (kinds.NAMESPACE, kinds.SERVICE, kinds.POD, kinds.PEER_AUTHENTICATION, *WORKLOAD_KINDS)


@scoped(watch=True)
def status(
    scope: Scope,
    target: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TYPE/NAME]...", help="ns/shop, svc/cart, deploy/cart, pod/cart-0, pa/default."),
    ] = None,
    output: Output = "table",
    no_headers: NoHeaders = False,
    selector: Selector = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only what is not plainly in order.")] = False,
    read_ca: Annotated[
        bool, typer.Option("--read-ca", help="Also read the Secrets that hold the mesh's signing key, for its dates.")
    ] = False,
    fail_on: FailOn = None,
    allow_gaps: AllowGaps = False,
    at: At = None,
) -> int:
    """Show what every Service accepts (STRICT, PERMISSIVE, DISABLE), what decided it, and what is wrong.

    Exit codes: 0 answered; 1 a finding at or above --fail-on; 2 a wrong flag, name or file; 3 could not look.
    """
    check_format(output, "table", "wide", "json", "yaml")
    now = parse_moment(at, scope.session)
    threshold = parse_threshold(fail_on)
    matches = parse_selector(selector)
    targets = [parse_target(written, _TARGET_KINDS) for written in target or ()]
    source = scope.source()
    namespaces = target_namespaces(targets, scope.namespaces())
    snapshot = read_mesh(
        source,
        namespaces,
        scope.istio_namespace,
        live=scope.live,
        also=(kinds.DESTINATION_RULE,),
        secrets=signing_secrets if read_ca else None,
    )
    if scope.live:
        demand_services(snapshot)
    rows = _rows_in(snapshot, namespaces)
    choice = _choose(snapshot, rows, targets, scope.namespaces())
    shown = [row for row in choice.rows if _is_shown(row, matches, problems)]
    view = View(snapshot, rows, now, None if namespaces is None else frozenset(namespaces))
    judgement = judge(view, CATALOGUE)
    findings = [
        one
        for one in judgement.findings
        if (not problems or one.severity is not Severity.INFO) and (not targets or _concerns(one, choice, targets))
    ]
    answer = resolve_status(snapshot, shown, choice.ports, now)
    if not shown and not choice.ports and not any(gap.kind == kinds.SERVICE for gap in snapshot.gaps):
        scope.session.tell(_nothing_words(namespaces))
    if output in ("json", "yaml"):
        scope.session.answer(render_structured("Status", status_object(answer, findings, now), output))
    else:
        scope.session.answer(
            render_status(
                answer,
                findings,
                now,
                wide=output == "wide",
                with_namespace=namespaces is None or len(namespaces) > 1,
                show_headers=not no_headers,
            )
        )
    return exit_code(findings, threshold, bool(judgement.unchecked) and not allow_gaps)


def _nothing_words(namespaces: tuple[str, ...] | None) -> str:
    """What kubectl says of an empty list."""
    return "No resources found." if namespaces is None else f"No resources found in {', '.join(namespaces)} namespace."


def _rows_in(snapshot: Snapshot, namespaces: tuple[str, ...] | None) -> tuple[ServiceRow, ...]:
    rows = resolve_services(snapshot)
    return rows if namespaces is None else tuple(r for r in rows if r.service.metadata.namespace in namespaces)


def _choose(
    snapshot: Snapshot, rows: tuple[ServiceRow, ...], targets: list[Target], default: tuple[str, ...] | None
) -> Choice:
    if not targets:
        return Choice(rows)
    return unite([choose(snapshot, rows, find_target(snapshot, target, default)) for target in targets])


def _concerns(finding: Finding, choice: Choice, targets: list[Target]) -> bool:
    """Whether a finding is about what was asked for: what stands behind the rows, the named object, or the mesh."""
    ref = finding.object
    if ref is None or ref.kind in (kinds.CONFIG_MAP, kinds.NAMESPACE):
        return True
    return ref in concerned(choice) or any(one.kind == ref.kind and ref.name in one.name for one in targets)


def _is_shown(row: ServiceRow, matches: Matches, problems: bool) -> bool:
    return matches(row.service.metadata.labels) and (not problems or is_troubled(row))
