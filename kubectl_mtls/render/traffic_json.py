"""What clients send and what comes of it, for machines: the clients of a Service port, hosts outside, late changes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kubectl_mtls.model.destination_rule import ClientTLS
from kubectl_mtls.posture.mesh.callers import Callers
from kubectl_mtls.posture.mesh.decider import Decider, decider_of, rule_of
from kubectl_mtls.posture.mesh.outside_hosts import Egress, Undeclared
from kubectl_mtls.posture.mesh.recent import Recent
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.render.object_json import changed_object, origin_object, ref_object
from kubectl_mtls.render.status_egress import UNDECLARED, credential_words, egress_decided_words, verified_words
from kubectl_mtls.render.status_services import decided_words

Json = dict[str, Any]


def traffic_object(traffic: Traffic, now: datetime) -> Json:
    """`result` is null where nobody calls or nothing answers; `resultReason` says what decided it."""
    verdict = traffic.verdict
    return {
        "clients": _clients(traffic.clients, traffic.unaware),
        "noProxy": {
            "namespaces": list(traffic.without_proxy),
            "result": traffic.plain.verdict.value if traffic.plain else None,
        },
        "result": verdict.value if verdict else None,
        "resultReason": decided_words(traffic, now),
        "resultDecidedBy": _decider(decider_of(traffic.clients)),
    }


def _clients(clients: Iterable[Callers], unaware: int) -> Json:
    """Client workloads by what they send and by what comes of it; `unaware` ones do not count: see README."""
    found = list(clients)
    wires: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for one in found:
        wires[one.connection.wire.value] += one.workloads
        verdicts[one.verdict.value] += one.workloads
    return {
        "workloads": sum(wires.values()),
        "byWire": dict(sorted(wires.items())),
        "byResult": dict(sorted(verdicts.items())),
        "unaware": unaware,
        "groups": [_group(one) for one in found],
    }


def _group(callers: Callers) -> Json:
    """Clients that share a connection; `example` is one of them."""
    connection = callers.connection
    outcome, client = connection.outcome, connection.client
    rule = connection.cluster.rule if connection.cluster else None
    why = outcome.fault or outcome.unknown or outcome.proviso
    return {
        "workloads": callers.workloads,
        "example": {"namespace": client.namespace, "labels": client.label_map, "proxy": client.proxy.value},
        "wire": connection.wire.value,
        "result": callers.verdict.value,
        "reason": connection.gap.detail if connection.gap else why.value if why else None,
        "basis": connection.basis,
        "destinationRules": [f"{one.metadata.namespace}/{one.metadata.name}" for one in rule.rules] if rule else [],
    }


def _decider(decider: Decider | None) -> Json | None:
    if decider is None or decider.object is None:
        return None
    metadata, field = decider.object, decider.field
    return {
        **ref_object(metadata.ref),
        "field": field or None,
        "value": decider.value,
        "changed": changed_object(metadata.changed(field)) if field else None,
        "origin": origin_object(metadata.origin, field),
    }


def egress_object(egress: Egress, now: datetime) -> Json:
    """One port of a host outside, for the clients that are told the same about it."""
    verdict = egress.verdict
    return {
        "host": egress.host.name,
        "namespace": egress.host.namespace,
        "port": egress.port.number,
        "protocol": egress.port.word or egress.port.protocol.value,
        **_tls(egress.tls),
        "clients": _clients(egress.clients, egress.unaware),
        "result": verdict.value if verdict else None,
        "resultReason": egress_decided_words(egress, now),
        "resultDecidedBy": _decider(rule_of(egress.clients[0])) if egress.clients else None,
    }


def undeclared_object(one: Undeclared) -> Json:
    """A rule for a host that nobody declares."""
    return {
        "host": one.rule.full_host,
        "namespace": None,
        "port": None,
        "protocol": None,
        **_tls(one.tls),
        "clients": _clients((), 0),
        "result": None,
        "resultReason": f"{one.rule.metadata.ref.full}: {UNDECLARED}",
        "resultDecidedBy": None,
    }


def _tls(tls: ClientTLS | None) -> Json:
    credential = credential_words(tls)
    return {
        "mode": tls.mode.value if tls else None,
        "credential": None if credential == "-" else credential,
        "sni": (tls.sni or None) if tls else None,
        "verifies": verified_words(tls) if tls else None,
    }


def recent_object(one: Recent) -> Json:
    """One late change and what rests on it."""
    return {
        "object": ref_object(one.object.ref),
        "field": one.field,
        "changed": changed_object(one.changed),
        "decides": [{"name": name, "port": port or None} for name, port in one.decides],
    }
