"""`explain` for people: what the client sends, what the server accepts, what comes of it, and what decided each."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from kubectl_mtls.model.credential import CredentialType, parse_credential
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.posture.client.routes import Detour
from kubectl_mtls.posture.connection.connection import ISTIOD, Connection, Way
from kubectl_mtls.posture.connection.evidence import Decision, Side
from kubectl_mtls.posture.connection.explanation import Explained, gap_of
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.passed_over import PassedOver
from kubectl_mtls.posture.connection.symptom import Symptom
from kubectl_mtls.posture.server.services import mode_word
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.explain_words import (
    group_words,
    is_spread,
    outcome_words,
    reason_words,
    server_words,
)
from kubectl_mtls.render.remedy_words import Remedy, beside_words, remedy_words
from kubectl_mtls.render.symptom_words import symptom_parts
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.words import changed_words

_MOST_ENDPOINTS, _MOST_ROUTES = 10, 5
_WIDTH = 100


def render_explained(found: Sequence[Explained], now: datetime, remedies: Sequence[Remedy], *, everywhere: bool) -> str:
    """One block a connection, decision by decision. `everywhere`: the clients of all namespaces were read."""
    spread = is_spread(found)
    fixes = [_fix(one, remedy, everywhere=everywhere) for one, remedy in zip(found, remedies, strict=True)]
    return "\n".join(_block(one, now, fix, spread=spread) for one, fix in zip(found, fixes, strict=True))


def _block(one: Explained, now: datetime, fix: Sequence[str], *, spread: bool) -> str:
    connection = one.connection
    subset = f" subset {connection.subset}" if connection.subset else ""
    reason = outcome_words(connection)
    ends = f"{group_words(one.group, spread=spread)} -> {connection.host.name}:{connection.port.number}{subset}"
    head = f"{ends}   {connection.verdict.value}"
    lines = [*_fitted(f"{head}:", " ", reason, 2), ""] if reason else [head, ""]
    lines += _client(one, now)
    lines += _secret(connection)
    lines += _server(one, now)
    gap = gap_of(connection)
    if gap is not None and gap.missing_rule:
        lines.append(f"MISSING  the right to {gap.missing_rule}")
    if gap is None and one.symptom is not None:
        lines += _symptom(one.symptom)
    lines += fix
    lines += _routes(one)
    if connection.basis != ISTIOD:
        lines.append(f"BASIS    {connection.basis}")
    return "".join(f"{escape(line)}\n" for line in lines)


def _client(one: Explained, now: datetime) -> list[str]:
    connection, group = one.connection, one.group
    pods = f"{counted(len(group.pods), 'pod')}, " if group.pods else ""
    proxy = "no proxy" if group.client.proxy == "none" else group.client.proxy.value
    way = "" if connection.way in (Way.CLUSTER, Way.NO_PROXY) else f", {connection.way.value}"
    blocked = connection.outcome.fault is Fault.BLOCKED
    sends = f"sends {'nothing' if blocked else connection.wire.value}"
    lines = [f"CLIENT   {sends}, {pods}{proxy}{'' if blocked else way}"]
    return lines + _decisions(one.decisions, Side.CLIENT, one, now)


def _secret(connection: Connection) -> list[str]:
    """The Secret that the proxy asks for. It brings a private key along, so that this command does not read it."""
    cluster = connection.cluster
    tls = cluster.policy.tls if cluster and not cluster.dropped else None
    if tls is None or not tls.credential_name:
        return []
    credential = parse_credential(tls.credential_name)
    if credential.type not in (CredentialType.SECRET, CredentialType.GATEWAY_SECRET):
        return []
    look = f"inspect-secret {credential.name} -n {credential.namespace or connection.client.namespace}"
    return [f"SECRET   {credential.name}, not read here: kubectl mtls {look}"]


def _server(one: Explained, now: datetime) -> list[str]:
    connection = one.connection
    total = len(connection.results)
    if not total:
        return [f"SERVER   {connection.host.source.ref.full}"]
    if connection.host.external and not any(result.endpoint.pod for result in connection.results):
        return [
            f"SERVER   outside of the mesh, says {connection.host.source.ref.seen_from(one.group.client.namespace)}"
        ]
    ports = ", ".join(str(port) for port in sorted({result.endpoint.port for result in connection.results}))
    lines = [f"SERVER   {server_words(connection)} on port {ports}, {counted(total, 'endpoint')}"]
    lines += _decisions(one.decisions, Side.SERVER, one, now)
    outcomes = {(result.wire, result.outcome, mode_word(result.accepts)) for result in connection.results}
    return lines + (_endpoints(connection) if len(outcomes) > 1 else [])


def _endpoints(connection: Connection) -> list[str]:
    """One line each, where they differ; the reason where it is not that of the whole."""
    lines = []
    for result in connection.results[:_MOST_ENDPOINTS]:
        pod = result.endpoint.pod
        name = f"pod/{pod.metadata.name}" if pod else "no pod"
        words = f"{result.wire.value} to {mode_word(result.accepts)}: {result.outcome.verdict.value}"
        reason = reason_words(result.outcome)
        because = f", {reason}" if reason and reason != outcome_words(connection) else ""
        lines.append(f"  {result.endpoint.shown:<21} {name}  {words}{because}")
    more = len(connection.results) - _MOST_ENDPOINTS
    return [*lines, f"  and {more} more (-o json)"] if more > 0 else lines


def _decisions(decisions: Iterable[Decision], side: Side, one: Explained, now: datetime) -> list[str]:
    lines = []
    for decision in decisions:
        if decision.side is not side:
            continue
        lines += _decision(decision, one.group.client.namespace, now)
        for lost in decision.overruled:
            lines += _passed_over(lost, one.group.client.namespace)
    return lines


def _decision(decision: Decision, namespace: str, now: datetime) -> list[str]:
    if decision.object is None:
        default = decision.value if decision.side is Side.CLIENT else f"Istio's default {decision.value} (no policy)"
        return [f"  decides      {default}"]
    changed = changed_words(decision.object.changed(decision.field), now)
    created = decision.object.created_at
    age = changed or (f"age {render_duration(now - created)}" if created is not None and created <= now else "")
    place = f"at {decision.object.origin.at(decision.field)}" if isinstance(decision.object.origin, FileOrigin) else ""
    said = f"{decision.field.removeprefix('spec.')} {decision.value}".strip()
    what = f"  decides      {decision.object.ref.seen_from(namespace)}  {said}"
    since = "  ".join(part for part in (age, place) if part)
    lines = _fitted(what, "  ", since, 15) if since else [what]
    return [*lines, f"{'':15}{decision.why}"] if decision.why else lines


def _passed_over(lost: PassedOver, namespace: str) -> list[str]:
    what = f"  passed over  {lost.object.ref.seen_from(namespace)}  {lost.field.removeprefix('spec.')} {lost.value}"
    return _fitted(what, "  ", lost.why, 15)


def _fitted(first: str, between: str, second: str, indent: int) -> list[str]:
    """Both on one line, or on two where one would be too long."""
    line = f"{first}{between}{second}"
    return [line] if len(line) <= _WIDTH else [first, f"{' ' * indent}{second}"]


def _symptom(symptom: Symptom) -> list[str]:
    return [f"{'SYMPTOM' if index == 0 else '':7}  {part}" for index, part in enumerate(symptom_parts(symptom))]


def _fix(one: Explained, remedy: Remedy, *, everywhere: bool) -> list[str]:
    words, beside = remedy_words(one, remedy), beside_words(remedy, everywhere=everywhere)
    fix = f"FIX      {words}"
    return (_fitted(fix, "   ", beside, 9) if beside else [fix]) if words else []


def _routes(one: Explained) -> list[str]:
    parts = list(_detours(one.detours))
    if (gap := one.unread_routes) is not None:
        parts.append(f"may go elsewhere by VirtualServices that were not read ({gap.detail})")
    return [f"{'ROUTES' if index == 0 else '':7}  {part}" for index, part in enumerate(parts)]


def _detours(detours: Sequence[Detour]) -> Iterator[str]:
    for one in detours[:_MOST_ROUTES]:
        port = f":{one.port}" if one.port else ""
        subset = f" subset {one.subset}" if one.subset else ""
        yield f"may also be routed to {one.host}{port}{subset}, by {one.service.ref.full} {one.field}"
    if len(detours) > _MOST_ROUTES:
        yield "and more, by the same or other VirtualServices"
