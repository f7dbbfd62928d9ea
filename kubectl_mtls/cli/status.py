"""`kubectl mtls status`: what every Service accepts, what clients send, what comes of it, and what is wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import typer

from kubectl_mtls.cli.duration import parse_duration
from kubectl_mtls.cli.essentials import demand_namespaces, demand_services
from kubectl_mtls.cli.explain_target import Client, parse_client
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.gather import CONNECTION_KINDS, read_clients, read_mesh
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
    PolicyFile,
    ReadCa,
    Selector,
    scoped,
)
from kubectl_mtls.cli.policy import read_policy
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.target import parse_target, target_namespaces
from kubectl_mtls.cli.threshold import exit_code, parse_threshold
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.kind import WORKLOAD_KINDS
from kubectl_mtls.model.reading import Source
from kubectl_mtls.model.snapshot import Snapshot

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
    clients: Annotated[
        list[str] | None,
        typer.Option(
            "--from", metavar="TYPE/NAME", help="Only these as clients: deploy/web, ns/shop, sa/..., gateway/..."
        ),
    ] = None,
    changed_within: Annotated[
        str | None,
        typer.Option(
            "--changed-within", metavar="DURATION", help="Also what changed in this time, as 2h, and decides."
        ),
    ] = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only what is not plainly in order.")] = False,
    expiring_within: Annotated[
        str | None, typer.Option("--expiring-within", metavar="DURATION", help="Only what ends in this time, as 30d.")
    ] = None,
    advice: Annotated[
        bool, typer.Option("--advice", help="Who should control the certificates here, why, and one step towards it.")
    ] = False,
    read_ca: ReadCa = False,
    no_secrets: NoSecrets = False,
    policy: PolicyFile = None,
    fail_on: FailOn = None,
    allow_gaps: AllowGaps = False,
    at: At = None,
) -> int:
    """Show what every Service accepts, what clients in the mesh send it, what comes of that and what decided it.

    Exit codes: 0 answered; 1 a finding at or above --fail-on; 2 a wrong flag, name or file; 3 could not look.
    """
    check_format(output, "table", "wide", "json", "yaml", "prometheus")
    now = scope.moment(at)
    threshold = parse_threshold(fail_on)
    expiring = _duration(expiring_within, "--expiring-within")
    changed = _duration(changed_within, "--changed-within")
    allowed = read_policy(policy, scope.session)
    wanted = SecretsWanted(no_secrets, read_ca, keepers=advice)
    matches = parse_selector(selector)
    targets = [parse_target(written, _TARGET_KINDS) for written in target or ()]
    callers = [_client(written) for written in clients or ()]
    source = scope.source()
    namespaces = target_namespaces(targets, scope.namespaces())
    looked_at = _with_clients(namespaces, callers, scope.namespaces())
    import_meanwhile("kubectl_mtls.cli.status_answer")
    snapshot = _read(scope, source, namespaces, looked_at)
    end = _signing_end(scope, snapshot) if scope.live and not (read_ca or scope.is_watched) else None
    snapshot = read_secrets(source, snapshot, namespaces, wanted, live=scope.live)
    snapshot = replace(snapshot, signing_ends_at=end() if end else None)
    from kubectl_mtls.cli.status_answer import answer
    from kubectl_mtls.cli.status_shown import Question

    question = Question(
        namespaces=namespaces,
        default=scope.namespaces(),
        targets=tuple(targets),
        matches=matches,
        is_narrowed=bool(targets or selector),
        problems=problems,
        now=now,
        expiring_within=expiring,
        policy=allowed,
        advice=advice,
        clients=tuple(callers),
        changed_within=changed,
    )
    findings, is_blind = answer(scope.session, snapshot, question, output, show_headers=not no_headers)
    return exit_code(findings, threshold, is_blind and not allow_gaps)


def _read(
    scope: Scope, source: Source, namespaces: tuple[str, ...] | None, looked_at: tuple[str, ...] | None
) -> Snapshot:
    """The mesh without its Secrets, and the pods that are clients of the rows' namespaces."""
    snapshot = read_mesh(source, looked_at, scope.istio_namespace, live=scope.live, also=CONNECTION_KINDS)
    if scope.live:
        demand_services(snapshot)
        snapshot = read_clients(source, snapshot, namespaces)
    demand_namespaces(snapshot, looked_at)
    return snapshot


def _signing_end(scope: Scope, snapshot: Snapshot) -> Callable[[], datetime | None] | None:
    """What istiod's metrics say, asked for while Secrets are read; None where no istiod was seen."""
    from kubectl_mtls.kube.ahead import start
    from kubectl_mtls.kube.istiod_metrics import read_signing_end

    istiod = snapshot.leading_istiod
    return start(partial(read_signing_end, scope.api, istiod)) if istiod else None


def _duration(written: str | None, flag: str) -> timedelta | None:
    return timedelta(seconds=parse_duration(written, flag)) if written else None


def _client(written: str) -> Client:
    client = parse_client(written)
    if client.target is None:
        raise InvalidInput(f"--from {written}: should be TYPE/NAME: without --from all of the mesh are clients")
    return client


def _with_clients(
    namespaces: tuple[str, ...] | None, clients: list[Client], default: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """Where to look for rows and clients; None, everywhere, for the pods of a Gateway, which may run anywhere."""
    targets = [client.target for client in clients if client.target is not None]
    found = target_namespaces(targets, default) if targets else ()
    if namespaces is None or found is None or any(target.kind == kinds.GATEWAY for target in targets):
        return None
    return tuple(dict.fromkeys((*namespaces, *found)))
