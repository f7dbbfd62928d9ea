"""The EGRESS part of `status`: hosts outside of the mesh, with the TLS that clients' proxies start towards them."""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.cluster.protocol import PortProtocol
from kubectl_mtls.posture.mesh.decider import decider_of, rule_of
from kubectl_mtls.posture.mesh.outside_hosts import Egress, Undeclared
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.traffic_words import decider_words, result_word, sent_words

UNDECLARED = "no ServiceEntry has this host, so no proxy uses the rule"


def render_egress(
    egress: Sequence[Egress], undeclared: Sequence[Undeclared], now: datetime, *, wide: bool, show_headers: bool
) -> str:
    """The table; empty without hosts."""
    rows = [_row(one, now, wide=wide) for one in egress] + [_undeclared_row(one, wide=wide) for one in undeclared]
    if not rows:
        return ""
    headers = ["EGRESS", "PORT", "MODE", "CLIENTS", "CREDENTIAL", "RESULT", "DECIDED-BY"]
    if wide:
        headers[5:5] = ["SNI", "VERIFIES"]
    return render_table(headers, [[escape(cell) for cell in row] for row in rows], show_headers)


def _row(egress: Egress, now: datetime, *, wide: bool) -> list[str]:
    return [
        egress.host.name,
        str(egress.port.number),
        egress.tls.mode.value if egress.tls else "-",
        sent_words(egress.clients),
        credential_words(egress.tls),
        *(_handshake(egress.tls) if wide else ()),
        result_word(egress.verdict),
        egress_decided_words(egress, now),
    ]


def _undeclared_row(one: Undeclared, *, wide: bool) -> list[str]:
    cells = [one.rule.full_host, "-", one.tls.mode.value, "-", credential_words(one.tls)]
    return [*cells, *(_handshake(one.tls) if wide else ()), "-", f"{one.rule.metadata.ref.full}: {UNDECLARED}"]


def credential_words(tls: ClientTLS | None) -> str:
    """The Secret or the file behind the client certificate; `-` where none is shown."""
    if tls is None or tls.mode in (ClientMode.DISABLE, ClientMode.ISTIO_MUTUAL):
        return "-"
    return f"secret/{tls.credential_name}" if tls.credential_name else tls.client_certificate or "-"


def _handshake(tls: ClientTLS | None) -> tuple[str, str]:
    return (tls.sni or "-", verified_words(tls)) if tls else ("-", "-")


def verified_words(tls: ClientTLS) -> str:
    """What the proxy checks of the server's certificate: by which CA, and which names."""
    if tls.mode not in (ClientMode.SIMPLE, ClientMode.MUTUAL):
        return "-"
    if tls.insecure_skip_verify:
        return "nothing (insecureSkipVerify)"
    anchors = "the credential's CA" if tls.credential_name else tls.ca_certificates or "the system's CAs"
    return f"{anchors}, {', '.join(tls.subject_alt_names)}" if tls.subject_alt_names else anchors


def egress_decided_words(egress: Egress, now: datetime) -> str:
    """The rule behind the row; without one, what goes out is what the application sends."""
    namespace = egress.host.namespace
    if not egress.clients:
        return f"no client knows {egress.host.source.ref.seen_from(namespace)}"
    if egress.spoiled_by is not None:
        return f"{egress.spoiled_by.ref.seen_from(namespace)} is {egress.spoiled_by.state}"
    decider = rule_of(egress.clients[0]) or decider_of(egress.clients)
    if decider is not None:
        return decider_words(decider, namespace, now)
    if egress.port.protocol is PortProtocol.TLS:
        return "no rule: the proxy adds nothing to the application's own TLS"
    return "no rule: the proxy adds no TLS"
