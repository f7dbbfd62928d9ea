"""The sentences of answers: why a mode is what it is, in the words that people use for the objects behind it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.peer_authentication import port_of
from kubectl_mtls.posture.server.accepts import Accepts, Doubt, Effective, GatewayProxy, NoProxy, Unknown, WaypointProxy
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.render.duration import render_since

RECENT = timedelta(hours=24)
_DOUBTS = {
    Doubt.PROXYLESS: "proxyless gRPC decides by itself",
    Doubt.INJECTION: "the files hold no Namespace object, so injection is not known",
}


def changed_words(changed: Changed | None, now: datetime) -> str:
    """`changed 40m ago by kubectl-edit`; with its time when it comes after `now`; empty when nobody says."""
    if changed is None or changed.at is None:
        return ""
    by = f" by {changed.by}" if changed.by else ""
    return f"changed {render_since(changed.at, now)}{by}"


def decision_words(accepts: Accepts, namespace: str, now: datetime) -> str:
    """What decided one backend's mode."""
    match accepts:
        case Effective(decided_by=policy):
            unless = ", unless an EnvoyFilter that is not readable says otherwise" if accepts.unless else ""
            unless = f", by ztunnel (as documented){unless}" if accepts.by_ztunnel else unless
            if policy is None:
                return f"Istio's default (no policy){unless}"
            port = f" (port {number})" if (number := port_of(accepts.field)) is not None else ""
            changed = policy.metadata.changed(accepts.field)
            recent = changed is not None and changed.at is not None and now - changed.at < RECENT
            when = f", {changed_words(changed, now)}" if recent else ""
            assumed = " (assumed)" if accepts.assumed else ""
            return f"{policy.metadata.ref.seen_from(namespace)}{port}{when}{assumed}{unless}"
        case NoProxy(annotation=annotation):
            return f"port kept from the proxy by {annotation}" if annotation else "no proxy"
        case GatewayProxy():
            return "gateway: its Gateway objects decide"
        case WaypointProxy():
            return "waypoint: takes HBONE only"
        case Unknown():
            return doubt_words(accepts)


def doubt_words(unknown: Unknown) -> str:
    """Why a mode is UNKNOWN."""
    if unknown.gap is not None:
        return f"not readable: {unknown.gap.detail}"
    if unknown.envoy_filter is not None:
        return f"{unknown.envoy_filter.metadata.ref.full} patches inbound listeners"
    return _DOUBTS[unknown.why]


def each_doubt(doubts: Iterable[Unknown]) -> tuple[str, ...]:
    """Why modes are UNKNOWN, each reason once."""
    return tuple(dict.fromkeys(map(doubt_words, doubts)))


def row_words(row: ServiceRow, now: datetime) -> str:
    """What decided a row: every distinct reason, with numbers where not all pods share it."""
    if row.service.type == "ExternalName":
        return f"alias of {row.service.external_name}"
    if row.port is None:
        return "no ports"
    if row.port.protocol == "UDP":
        return "UDP is not proxied"
    if not row.total and not row.gap:
        return "no endpoints"
    namespace = row.service.metadata.namespace
    reasons: dict[str, int] = {}
    alike = Counter(id(backend.accepts) for backend in row.backends)
    for accepts in {id(backend.accepts): backend.accepts for backend in row.backends}.values():
        reason = decision_words(accepts, namespace, now)
        reasons[reason] = reasons.get(reason, 0) + alike[id(accepts)]
    if row.strangers:
        reasons["addresses that are no pod"] = len(row.strangers)
    if row.gap:
        reasons[f"not readable: {row.gap.detail}"] = len(row.hidden)
    return _counted(reasons, row.total) + (" (assumed)" if row.assumed else "")


def _counted(reasons: dict[str, int], total: int) -> str:
    if len(reasons) == 1:
        reason = next(iter(reasons))
        return f"no proxy in {total} of {total} pods" if reason == "no proxy" else reason
    words = [f"{reason} ({count} of {total})" for reason, count in reasons.items()]
    return ", ".join(words)


def mode_words(row: ServiceRow) -> str:
    """The SERVER cell."""
    return counted_modes(row.modes)


def counted_modes(modes: Counter[str]) -> str:
    """One word, or MIXED with the numbers; `-` where nothing answers."""
    if len(modes) <= 1:
        return next(iter(modes), "-")
    return "MIXED " + ", ".join(f"{count} {mode}" for mode, count in sorted(modes.items()))
