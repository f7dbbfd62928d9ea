"""`kubectl mtls explain`: one connection decision by decision, or all of them."""

from typing import Annotated

import typer

from kubectl_mtls.cli.explain_all import answer_all
from kubectl_mtls.cli.explain_client import find_clients
from kubectl_mtls.cli.explain_reading import namespaces_of, read_connections
from kubectl_mtls.cli.explain_remedies import resolve_remedies
from kubectl_mtls.cli.explain_server import bypass_note, find_hosts, find_ports
from kubectl_mtls.cli.explain_target import ANY, OUTSIDE, Client, Server, parse_client, parse_server
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.options import AllowGaps, At, NoHeaders, Output, scoped
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.posture.client.client_class import Classifier, outside
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.explanation import Explained, Explainer, Group, gap_of
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.render.explain_json import class_object, connection_object
from kubectl_mtls.render.explain_rows import render_overview, render_suspects
from kubectl_mtls.render.explain_text import render_explained
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.render.text import escape


@scoped()
def explain(
    scope: Scope,
    client: Annotated[
        str | None,
        typer.Argument(
            metavar="[CLIENT]", help="deploy/cart, pod/..., sa/..., svc/..., ns/..., gateway/..., any, outside"
        ),
    ] = None,
    destination: Annotated[
        str | None, typer.Argument(metavar="[SERVER[:PORT]]", help="svc/ledger, a host name or an address.")
    ] = None,
    output: Output = "text",
    no_headers: NoHeaders = False,
    every: Annotated[bool, typer.Option("--all", help="Every pod to everything that it can name (-o json).")] = False,
    by_class: Annotated[bool, typer.Option("--by-class", help="Clients that no rule tells apart as one.")] = False,
    symptom: Annotated[
        str | None,
        typer.Option("--symptom", metavar="TEXT", help="Which connections would show this ('503 UF', a log line)."),
    ] = None,
    allow_gaps: AllowGaps = False,
    at: At = None,
) -> int:
    """Explain a connection: what the client sends and why, what the server accepts and why, and what comes of it.

    Exit codes: 0 answered; 1 both ends were named and the connection FAILS; 2 a wrong flag, name or file; 3 could not
    look, or what decides could not be read.
    """
    check_format(output, "text", "wide", "json", "yaml")
    now = scope.moment(at)
    if every:
        if client or destination or symptom:
            raise InvalidInput("--all explains every client: no CLIENT, SERVER or --symptom beside it")
        if output == "yaml":
            raise InvalidInput("--all is written as it is worked out, in JSON: -o json")
        return answer_all(scope, by_class=by_class)
    if client is None:
        raise InvalidInput("explain whom? name a CLIENT, such as deploy/cart, or --all", "kubectl mtls explain --help")
    wanted, called = parse_client(client), parse_server(destination) if destination else None
    namespaces = namespaces_of(scope, wanted, called)
    connections = Connections(Outbound(read_connections(scope, namespaces)))
    groups = _groups(connections, wanted, scope.namespaces())
    explainer = Explainer(connections)
    if symptom:
        suspects = explainer.suspects(groups, symptom)
        if output in ("json", "yaml"):
            scope.session.answer(render_structured("Explanations", {"items": _items(suspects)}, output))
        else:
            scope.session.answer(render_suspects(suspects, symptom, show_headers=not no_headers))
        return 0
    found = _explained(explainer, groups, called, scope.namespaces())
    if called and found and (note := bypass_note(connections.outbound, found[0].connection.host, called)):
        scope.session.tell(escape(note))
    if output in ("json", "yaml"):
        scope.session.answer(render_structured("Explanations", {"items": _items(found)}, output))
    elif called is None or wanted.written == ANY or len(found) > 8:
        scope.session.answer(render_overview(found, wide=output == "wide", show_headers=not no_headers))
    else:
        remedies = resolve_remedies(connections.outbound.snapshot, found, now, namespaces)
        scope.session.answer(render_explained(found, now, remedies, everywhere=namespaces is None))
    return _exit_code(found, called, allow_gaps)


def _exit_code(found: list[Explained], called: Server | None, allow_gaps: bool) -> int:
    if called is not None and any(one.connection.verdict is Verdict.FAILS for one in found):
        return 1
    hidden = any(gap_of(one.connection) is not None for one in found)
    return 3 if hidden and not allow_gaps else 0


def _groups(connections: Connections, client: Client, default: tuple[str, ...] | None) -> list[Group]:
    outbound = connections.outbound
    if client.written == OUTSIDE:
        return [Group(outside(outbound.snapshot, outbound), ())]
    pods = find_clients(outbound.snapshot, client, default)
    return [Group(one, tuple(found)) for one, found in Classifier(outbound).group(pods).items()]


def _explained(
    explainer: Explainer, groups: list[Group], called: Server | None, default: tuple[str, ...] | None
) -> list[Explained]:
    if called is None:
        return [one for group in groups for one in explainer.every(group)]
    spaces = [group.client.namespace for group in groups if group.client.namespace]
    found: list[Explained] = []
    for host in find_hosts(explainer.connections, called, spaces, default):
        for port in find_ports(explainer.connections.outbound, host, called):
            for group in groups:
                found += explainer.to(group, host, port)
    return found


def _items(found: list[Explained]) -> list[object]:
    return [
        {"client": class_object(one.group.client, one.group.pods), **connection_object(one.connection, one.decisions)}
        for one in found
    ]
