"""`kubectl mtls status`: what every Service accepts, what decided it, and what is wrong."""

from datetime import timedelta
from typing import Annotated

import typer

from kubectl_mtls.cli.duration import parse_duration
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.gather import CONNECTION_KINDS, demand_namespaces, demand_services, read_mesh
from kubectl_mtls.cli.gather_secrets import SecretsWanted, read_secrets
from kubectl_mtls.cli.imports import import_meanwhile
from kubectl_mtls.cli.label_selector import parse_selector
from kubectl_mtls.cli.options import (
    AllowGaps,
    At,
    FailOn,
    NoHeaders,
    NoSecrets,
    Output,
    ReadCa,
    Selector,
    scoped,
)
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.target import parse_target, target_namespaces
from kubectl_mtls.cli.threshold import exit_code, parse_threshold
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.snapshot import WORKLOAD_KINDS

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
    expiring_within: Annotated[
        str | None, typer.Option("--expiring-within", metavar="DURATION", help="Only what ends in this time, as 30d.")
    ] = None,
    read_ca: ReadCa = False,
    no_secrets: NoSecrets = False,
    fail_on: FailOn = None,
    allow_gaps: AllowGaps = False,
    at: At = None,
) -> int:
    """Show what every Service accepts (STRICT, PERMISSIVE, DISABLE), what decided it, and what is wrong.

    Exit codes: 0 answered; 1 a finding at or above --fail-on; 2 a wrong flag, name or file; 3 could not look.
    """
    check_format(output, "table", "wide", "json", "yaml")
    now = scope.moment(at)
    threshold = parse_threshold(fail_on)
    within = timedelta(seconds=parse_duration(expiring_within, "--expiring-within")) if expiring_within else None
    matches = parse_selector(selector)
    targets = [parse_target(written, _TARGET_KINDS) for written in target or ()]
    source = scope.source()
    namespaces = target_namespaces(targets, scope.namespaces())
    import_meanwhile("kubectl_mtls.cli.status_answer")
    snapshot = read_mesh(
        source,
        namespaces,
        scope.istio_namespace,
        live=scope.live,
        also=CONNECTION_KINDS,
    )
    if scope.live:
        demand_services(snapshot)
    demand_namespaces(snapshot, namespaces)
    snapshot = read_secrets(source, snapshot, namespaces, SecretsWanted(no_secrets, read_ca), live=scope.live)
    from kubectl_mtls.cli.status_answer import Question, answer

    narrowed = bool(targets or selector)
    question = Question(namespaces, scope.namespaces(), tuple(targets), matches, narrowed, problems, now, within)
    findings, is_blind = answer(scope.session, snapshot, question, output, show_headers=not no_headers)
    return exit_code(findings, threshold, is_blind and not allow_gaps)
