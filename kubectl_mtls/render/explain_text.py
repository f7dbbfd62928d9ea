"""`explain` for people: what the client sends, what the server accepts, what comes of it, and what decided each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.posture.connection import ISTIOD, Connection, Way
from kubectl_mtls.posture.evidence import Decision, PassedOver, Side
from kubectl_mtls.posture.explanation import Explained, Group
from kubectl_mtls.posture.routes import Detour
from kubectl_mtls.posture.services import mode_word
from kubectl_mtls.posture.symptom import Symptom
from kubectl_mtls.posture.verdict import Outcome, Verdict
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.remedy_words import remedy_words
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten
from kubectl_mtls.render.words import changed_words

_MOST_ENDPOINTS = 10


def render_explained(found: Sequence[Explained], now: datetime) -> str:
    """One block a connection, decision by decision."""
    return "\n".join(_block(one, now) for one in found)


def render_overview(found: Sequence[Explained], *, wide: bool, show_headers: bool) -> str:
    """One row a connection."""
    clients = {group_words(one.group) for one in found}
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
            _modes(connection),
            connection.verdict.value,
            _decided_by(one),
        ]
        if len(headers) == 8:
            cells.insert(0, shorten(group_words(one.group), 40))
        rows.append([escape(cell) for cell in cells])
    return render_table(headers, rows, show_headers) if rows else "no host found\n"


def render_suspects(found: Sequence[Explained], seen: str, *, show_headers: bool) -> str:
    """The connections that would look like what was seen, likeliest first."""
    if not found:
        return f"no connection of this client would show {escape(shorten(seen, 60))}\n"
    headers = ["CLIENT", "HOST", "PORT", "SUBSET", "RESULT", "WHY"]
    rows = [
        [
            shorten(group_words(one.group), 40),
            one.connection.host.name,
            str(one.connection.port.number),
            one.connection.subset or "-",
            one.connection.verdict.value,
            outcome_words(one.connection),
        ]
        for one in found
    ]
    return render_table(headers, [[escape(cell) for cell in row] for row in rows], show_headers)


def group_words(group: Group) -> str:
    """The client as people call it: its workloads."""
    if not group.pods:
        return "outside"
    names = sorted({pod.workload.name for pod in group.pods})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def outcome_words(connection: Connection) -> str:
    """Why it is so; empty where the verdict says all."""
    if connection.gap is not None:
        return f"not readable: {connection.gap.detail}"
    return _reason(connection.outcome)


def _reason(outcome: Outcome) -> str:
    if outcome.unknown is not None:
        return outcome.unknown.value
    if outcome.fault is not None:
        return outcome.fault.value
    return f"provided that {outcome.proviso.value}" if outcome.proviso else ""


def _block(one: Explained, now: datetime) -> str:
    connection = one.connection
    subset = f" subset {connection.subset}" if connection.subset else ""
    reason = outcome_words(connection)
    head = f"{group_words(one.group)} -> {connection.host.name}:{connection.port.number}{subset}"
    lines = [f"{head}   {connection.verdict.value}{f': {reason}' if reason else ''}", ""]
    lines += _client(one, now)
    lines += _server(one, now)
    if one.symptom is not None:
        lines += _symptom(one.symptom)
    if remedy := remedy_words(one):
        lines.append(f"FIX      {remedy}")
    lines += _detours(one.detours)
    if connection.basis != ISTIOD:
        lines.append(f"BASIS    {connection.basis}")
    return "".join(f"{escape(line)}\n" for line in lines)


def _client(one: Explained, now: datetime) -> list[str]:
    connection, group = one.connection, one.group
    pods = f"{len(group.pods)} pod{'s' if len(group.pods) != 1 else ''}, " if group.pods else ""
    proxy = "no proxy" if group.client.proxy == "none" else group.client.proxy.value
    way = "" if connection.way in (Way.CLUSTER, Way.NO_PROXY) else f", {connection.way.value}"
    lines = [f"CLIENT   sends {connection.wire.value}, {pods}{proxy}{way}"]
    return lines + _decisions(one.decisions, Side.CLIENT, one, now)


def _server(one: Explained, now: datetime) -> list[str]:
    connection = one.connection
    if not connection.results:
        return [f"SERVER   {connection.host.source.ref.full}"]
    ports = ", ".join(str(port) for port in sorted({result.endpoint.port for result in connection.results}))
    total = len(connection.results)
    lines = [f"SERVER   {_modes(connection)} on port {ports}, {total} endpoint{'s' if total != 1 else ''}"]
    lines += _decisions(one.decisions, Side.SERVER, one, now)
    outcomes = {(result.wire, result.outcome, mode_word(result.accepts)) for result in connection.results}
    if len(outcomes) > 1:
        for result in connection.results[:_MOST_ENDPOINTS]:
            pod = result.endpoint.pod
            name = f"pod/{pod.metadata.name}" if pod else "no pod"
            words = f"{result.wire.value} to {mode_word(result.accepts)}: {result.outcome.verdict.value}"
            reason = _reason(result.outcome)
            lines.append(f"  {result.endpoint.shown:<21} {name}  {words}{f', {reason}' if reason else ''}")
        if total > _MOST_ENDPOINTS:
            lines.append(f"  and {total - _MOST_ENDPOINTS} more (-o json)")
    return lines


def _decisions(decisions: Iterable[Decision], side: Side, one: Explained, now: datetime) -> list[str]:
    lines = []
    for decision in decisions:
        if decision.side is not side:
            continue
        lines.append(f"  decides      {_decision(decision, one.group.client.namespace, now)}")
        lines += [f"  passed over  {_passed_over(lost, one.group.client.namespace)}" for lost in decision.overruled]
    return lines


def _decision(decision: Decision, namespace: str, now: datetime) -> str:
    if decision.object is None:
        return decision.value if decision.side is Side.CLIENT else f"Istio's default {decision.value} (no policy)"
    ref = decision.object.ref
    name = str(ref) if ref.namespace == namespace else ref.full
    changed = changed_words(decision.object.changed(decision.field), now)
    created = decision.object.created_at
    age = changed or (f"age {render_duration(now - created)}" if created is not None and created <= now else "")
    place = f"at {decision.object.origin.at(decision.field)}" if isinstance(decision.object.origin, FileOrigin) else ""
    parts = [name, f"{decision.field.removeprefix('spec.')} {decision.value}".strip(), age, place]
    return "  ".join(part for part in parts if part)


def _passed_over(lost: PassedOver, namespace: str) -> str:
    ref = lost.object.ref
    name = str(ref) if ref.namespace == namespace else ref.full
    return f"{name}  {lost.field.removeprefix('spec.')} {lost.value}  {lost.why}"


def _symptom(symptom: Symptom) -> list[str]:
    parts = [f"{symptom.status} {symptom.caller}".strip()]
    if symptom.flags or symptom.client_log:
        parts.append(f"in the client proxy's log: {f'{symptom.flags} {symptom.client_log}'.strip()}")
    if symptom.server_log:
        parts.append(f"in the server's: {symptom.server_log}")
    return [f"{'SYMPTOM' if index == 0 else '':7}  {part}" for index, part in enumerate(parts)]


def _detours(detours: Sequence[Detour]) -> list[str]:
    lines = []
    for index, one in enumerate(detours):
        port = f":{one.port}" if one.port else ""
        subset = f" subset {one.subset}" if one.subset else ""
        head = "ROUTES" if index == 0 else ""
        lines.append(f"{head:7}  may also be routed to {one.host}{port}{subset}, by {one.service.ref.full} {one.field}")
    return lines


def _modes(connection: Connection) -> str:
    modes = Counter(mode_word(result.accepts) for result in connection.results)
    if not modes:
        return "-"
    if len(modes) == 1:
        return next(iter(modes))
    return "MIXED " + ", ".join(f"{count} {mode}" for mode, count in sorted(modes.items()))


def _decided_by(one: Explained) -> str:
    """The decision that made it what it is: the client's where it is a rule's, else the reason."""
    if one.connection.verdict in (Verdict.FAILS, Verdict.UNKNOWN) and (reason := outcome_words(one.connection)):
        first = next((d for d in one.decisions if d.side is Side.CLIENT and d.object is not None), None)
        by = f" ({first.object.ref})" if first is not None and first.object is not None else ""
        return reason + by
    first = next((d for d in one.decisions if d.side is Side.CLIENT), None)
    if first is None:
        return one.connection.way.value
    if first.object is None and one.connection.verdict is Verdict.PLAINTEXT:
        return _server_words(one) or first.value
    ref, field = first.object.ref if first.object else None, first.field.removeprefix("spec.")
    where = "" if ref is None or ref.namespace == one.group.client.namespace else f" -n {ref.namespace}"
    return f"{ref}{where} {field} {first.value}" if ref else first.value


def _server_words(one: Explained) -> str:
    """Why auto mTLS sends plaintext: what the endpoints are, or the policy that they are under."""
    modes = {mode_word(result.accepts) for result in one.connection.results}
    if modes == {"NONE"}:
        return "auto mTLS: the server has no proxy"
    policy = next((d.object for d in one.decisions if d.side is Side.SERVER and d.object is not None), None)
    return f"auto mTLS: {policy.ref.full} says DISABLE" if modes == {"DISABLE"} and policy is not None else ""
