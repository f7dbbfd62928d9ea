"""`explain` as tables: one row a connection."""

from collections.abc import Sequence

from kubectl_mtls.model.host import DOMAIN
from kubectl_mtls.posture.cluster.auto_mtls import Gate
from kubectl_mtls.posture.connection.evidence import Side
from kubectl_mtls.posture.connection.explanation import Explained
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.server.services import mode_word
from kubectl_mtls.render.explain_words import group_words, is_spread, outcome_words, server_words
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten


def render_overview(found: Sequence[Explained], *, wide: bool, show_headers: bool) -> str:
    """One row a connection; CLIENT and SUBSET where there are several, wide with everything and the reasons."""
    if not found:
        return "no host found\n"
    columns = {
        "CLIENT": wide or len({one.group.client for one in found}) > 1,
        "SUBSET": wide or any(one.connection.subset for one in found),
        "WHY": wide,
    }
    spread = is_spread(found)
    rows = [
        {
            "CLIENT": shorten(group_words(one.group, spread=spread), 40),
            "HOST": _host_words(one.connection.host.name, wide=wide),
            "PORT": str(one.connection.port.number),
            "SUBSET": one.connection.subset or "-",
            "SENDS": one.connection.wire.value,
            "SERVER": server_words(one.connection),
            "RESULT": one.connection.verdict.value,
            "DECIDED-BY": _decided_by(one, wide=wide),
            "WHY": outcome_words(one.connection) or "-",
        }
        for one in found
    ]
    headers = [header for header in rows[0] if columns.get(header, True)]
    return render_table(headers, [[escape(row[header]) for header in headers] for row in rows], show_headers)


def _host_words(name: str, *, wide: bool) -> str:
    """A Service's name without the cluster's domain, which every one has."""
    return name if wide or not name.endswith(f".svc.{DOMAIN}") else name.removesuffix(f".{DOMAIN}")


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


def _decided_by(one: Explained, *, wide: bool) -> str:
    """The object that made it what it is, else the reason, else the default that decided."""
    verdict, reason = one.connection.verdict, outcome_words(one.connection)
    if verdict is Verdict.UNKNOWN and reason:
        return reason
    sides = (Side.CLIENT, Side.SERVER) if verdict is Verdict.FAILS else (Side.CLIENT,)
    of_sides = [decision for decision in one.decisions if decision.side in sides]
    for decision in of_sides:
        if decision.value == Gate.OFF:
            return decision.value
        if decision.object is not None and decision.why != Gate.OPEN:
            by = decision.object.ref.seen_from(one.group.client.namespace)
            field = decision.field.removeprefix("spec.")
            return f"{by} {field} {decision.value}" if wide else f"{by} ({decision.value})"
    if verdict is Verdict.FAILS and reason:
        return reason
    default = (of_sides[0].why or of_sides[0].value) if of_sides else one.connection.way.value
    return (_auto_words(one) if verdict is Verdict.PLAINTEXT and of_sides else "") or default


def _auto_words(one: Explained) -> str:
    """Why auto mTLS sends plaintext: what the endpoints are, or the policy that they are under; empty elsewhere."""
    if one.connection.host.external:
        return ""
    modes = {mode_word(result.accepts) for result in one.connection.results}
    if modes == {"NONE"}:
        return "auto mTLS: the server has no proxy"
    policy = next((d.object for d in one.decisions if d.side is Side.SERVER and d.object is not None), None)
    return f"auto mTLS: {policy.ref.full} says DISABLE" if modes == {"DISABLE"} and policy is not None else ""
