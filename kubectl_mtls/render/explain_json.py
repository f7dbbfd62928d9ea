"""`explain` for machines. Keys here are a promise: names inside the program may change, these may not."""

from collections.abc import Iterator, Sequence
from json import dumps
from typing import Any

from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.connection.connection import Connection, Result
from kubectl_mtls.posture.connection.evidence import Decision
from kubectl_mtls.posture.connection.explanation import gap_of
from kubectl_mtls.posture.connection.passed_over import PassedOver
from kubectl_mtls.posture.connection.verdict import Outcome, Verdict
from kubectl_mtls.posture.server.services import mode_word
from kubectl_mtls.render.explain_words import outcome_words, reason_words
from kubectl_mtls.render.object_json import changed_object, origin_object, ref_object

Json = dict[str, Any]


def client_object(pod: Pod) -> Json:
    """The client of one item: a pod."""
    return {
        "namespace": pod.metadata.namespace,
        "pod": pod.metadata.name,
        "workload": {"kind": pod.workload.kind, "name": pod.workload.name},
        "proxy": pod.proxy.value,
    }


def class_object(client: ClientClass, pods: Sequence[Pod]) -> Json:
    """The client of one item with --by-class: pods that no rule can tell apart."""
    workloads = sorted({(pod.workload.kind, pod.workload.name) for pod in pods})
    return {
        "namespace": client.namespace or None,
        "pods": [pod.metadata.name for pod in pods],
        "workloads": [{"kind": kind, "name": name} for kind, name in workloads],
        "proxy": client.proxy.value,
    }


def connection_object(connection: Connection, decisions: Sequence[Decision]) -> Json:
    """One connection, without its client."""
    rule, gap = connection.chosen.rule if connection.cluster else None, gap_of(connection)
    return {
        "host": connection.host.name,
        "port": connection.port.number,
        "subset": connection.subset,
        "verdict": connection.verdict.value,
        "wire": connection.wire.value,
        "way": connection.way.value,
        "destinationRules": [f"{one.metadata.namespace}/{one.metadata.name}" for one in (rule.rules if rule else ())],
        "endpoints": [_endpoint(result) for result in connection.results],
        "decisions": [_decision(one) for one in decisions],
        "basis": connection.basis,
        **_outcome(connection.outcome, outcome_words(connection)),
        **({"missingRule": gap.missing_rule} if gap is not None else {}),
    }


def _outcome(outcome: Outcome, words: str) -> Json:
    """Why: always with UNKNOWN and FAILS; what a verdict rests on that no object says."""
    found: Json = {}
    if outcome.unknown is not None or outcome.fault is not None or outcome.verdict is Verdict.UNKNOWN:
        found["reason"] = words or "not decided"
    if outcome.proviso is not None:
        found["provided"] = outcome.proviso.value
    return found


def _endpoint(result: Result) -> Json:
    pod = result.endpoint.pod
    return {
        "address": result.endpoint.shown,
        "pod": f"{pod.metadata.namespace}/{pod.metadata.name}" if pod else None,
        "mode": mode_word(result.accepts),
        "wire": result.wire.value,
        "verdict": result.outcome.verdict.value,
        **_outcome(result.outcome, reason_words(result.outcome)),
    }


def _decision(decision: Decision) -> Json:
    return {
        "side": decision.side.value,
        **_place(decision.object, decision.field),
        "value": decision.value,
        **({"why": decision.why} if decision.why else {}),
        "overruled": [_passed_over(one) for one in decision.overruled],
    }


def _passed_over(lost: PassedOver) -> Json:
    return {**_place(lost.object, lost.field), "value": lost.value, "why": lost.why}


def _place(metadata: Metadata | None, field: str) -> Json:
    if metadata is None:
        return {"object": None, "field": None}
    return {
        "object": ref_object(metadata.ref),
        "field": field or None,
        "changed": changed_object(metadata.changed(field)),
        "origin": origin_object(metadata.origin, field),
    }


def stream_items(head: str, items: Iterator[str], tail: str) -> Iterator[str]:
    """A list of items as text, a piece at a time."""
    yield head
    separator = ""
    for item in items:
        yield f"{separator}{item}"
        separator = ",\n"
    yield tail


def item_text(client: Json, rest: str) -> str:
    """One item from its client and the text of the rest, which every pod of a class shares."""
    return f'{{"client":{dump(client)},{rest[1:]}'


def dump(value: Any) -> str:
    """Compact JSON, all of it ASCII: nothing in it can steer a terminal."""
    return dumps(value, separators=(",", ":"))
