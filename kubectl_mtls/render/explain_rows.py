"""`explain` as tables: one row a connection."""

from collections.abc import Sequence

from kubectl_mtls.posture.evidence import Side
from kubectl_mtls.posture.explanation import Explained
from kubectl_mtls.posture.services import mode_word
from kubectl_mtls.posture.verdict import Verdict
from kubectl_mtls.render.explain_words import group_words, is_spread, object_words, outcome_words, server_words
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten


def render_overview(found: Sequence[Explained], *, wide: bool, show_headers: bool) -> str:
    """One row a connection."""
    clients, spread = {one.group.client for one in found}, is_spread(found)
    headers = ["HOST", "PORT", "SUBSET", "SENDS", "SERVER", "RESULT", "DECIDED-BY"]
    if len(clients) > 1 or wide:
        headers.insert(0, "CLIENT")
    rows = []
    for one in found:
        connection = one.connection
        cells = [
            connection.host.name,
            str(connection.port.number),
            connection.subset or "-",
            connection.wire.value,
            server_words(connection),
            connection.verdict.value,
            _decided_by(one),
        ]
        if len(headers) == 8:
            cells.insert(0, shorten(group_words(one.group, spread=spread), 40))
        rows.append([escape(cell) for cell in cells])
    return render_table(headers, rows, show_headers) if rows else "no host found\n"


def render_suspects(found: Sequence[Explained], seen: str, *, show_headers: bool) -> str:
    """The connections that would look like what was seen, likeliest first."""
    if not found:
        return f"no connection of this client would show {escape(shorten(seen, 60))}\n"
    headers, spread = ["CLIENT", "HOST", "PORT", "SUBSET", "RESULT", "WHY"], is_spread(found)
    rows = [
        [
            shorten(group_words(one.group, spread=spread), 40),
            one.connection.host.name,
            str(one.connection.port.number),
            one.connection.subset or "-",
            one.connection.verdict.value,
            outcome_words(one.connection),
        ]
        for one in found
    ]
    return render_table(headers, [[escape(cell) for cell in row] for row in rows], show_headers)


def _decided_by(one: Explained) -> str:
    """The decision that made it what it is: the client's where it is a rule's, else the reason."""
    if one.connection.verdict in (Verdict.FAILS, Verdict.UNKNOWN) and (reason := outcome_words(one.connection)):
        first = next((d for d in one.decisions if d.side is Side.CLIENT and d.object is not None), None)
        by = object_words(first.object.ref, one.group.client.namespace) if first is not None and first.object else ""
        return f"{reason} ({by})" if by else reason
    first = next((d for d in one.decisions if d.side is Side.CLIENT), None)
    if first is None:
        return one.connection.way.value
    if first.object is None and one.connection.verdict is Verdict.PLAINTEXT:
        return _auto_words(one) or first.value
    if first.object is None:
        return first.value
    by = object_words(first.object.ref, one.group.client.namespace)
    return f"{by} {first.field.removeprefix('spec.')} {first.value}"


def _auto_words(one: Explained) -> str:
    """Why auto mTLS sends plaintext: what the endpoints are, or the policy that they are under."""
    modes = {mode_word(result.accepts) for result in one.connection.results}
    if modes == {"NONE"}:
        return "auto mTLS: the server has no proxy"
    policy = next((d.object for d in one.decisions if d.side is Side.SERVER and d.object is not None), None)
    return f"auto mTLS: {policy.ref.full} says DISABLE" if modes == {"DISABLE"} and policy is not None else ""
