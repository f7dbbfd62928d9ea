"""What Service ports and pods accept, for machines."""

from datetime import datetime
from typing import Any

from kubectl_mtls.posture.connection.connection import DOCUMENTATION
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.accepts import Accepts, Effective, Overruled, Unknown
from kubectl_mtls.posture.server.ports import OTHER_PORTS, PortRow
from kubectl_mtls.posture.server.services import Backend, mode_word
from kubectl_mtls.render.object_json import changed_object, origin_object, ref_object
from kubectl_mtls.render.traffic_json import traffic_object
from kubectl_mtls.render.words import decision_words, doubt_words, row_words

Json = dict[str, Any]


def service_object(traffic: Traffic, now: datetime) -> Json:
    """One Service port: what its pods accept, who calls it, and what comes of it."""
    row = traffic.row
    modes = row.modes
    return {
        "namespace": row.service.metadata.namespace,
        "service": row.service.metadata.name,
        "port": row.port.number if row.port else None,
        "portName": (row.port.name or None) if row.port else None,
        "protocol": row.port.protocol if row.port else None,
        "mode": next(iter(modes)) if len(modes) == 1 else "MIXED" if modes else None,
        "modes": dict(sorted(modes.items())),
        "inMesh": row.in_mesh,
        "endpoints": row.total,
        "assumed": row.assumed,
        "reason": row_words(row, now),
        "backends": [_backend(backend, now) for backend in row.backends],
        "strangers": list(row.strangers),
        **traffic_object(traffic, now),
    }


def _backend(backend: Backend, now: datetime) -> Json:
    return {
        "pod": backend.pod.metadata.name,
        "workload": {"kind": backend.pod.workload.kind, "name": backend.pod.workload.name},
        "port": backend.port,
        "proxy": backend.pod.proxy.value,
        **_accepts(backend.accepts, backend.pod.metadata.namespace, now),
    }


def port_object(row: PortRow, now: datetime) -> Json:
    """One port of a pod, whether a Service has it or not."""
    return {
        "namespace": row.pod.metadata.namespace,
        "pod": row.pod.metadata.name,
        "port": None if row.port == OTHER_PORTS else row.port,
        "proxy": row.pod.proxy.value,
        "services": list(row.services),
        **_accepts(row.accepts, row.pod.metadata.namespace, now),
    }


def _accepts(accepts: Accepts, namespace: str, now: datetime) -> Json:
    answer: Json = {"mode": mode_word(accepts), "decidedBy": None, "overruled": [], "assumed": False}
    if isinstance(accepts, Unknown):
        return {**answer, "reason": doubt_words(accepts)}
    if isinstance(accepts, Effective):
        answer["overruled"] = [_overruled(lost) for lost in accepts.overruled]
        answer["assumed"] = accepts.assumed
        answer["unless"] = accepts.unless.detail if accepts.unless else None
        if accepts.by_ztunnel:
            answer["basis"] = DOCUMENTATION
        if policy := accepts.decided_by:
            answer["decidedBy"] = {
                **ref_object(policy.metadata.ref),
                "field": accepts.field,
                "changed": changed_object(policy.metadata.changed(accepts.field)),
                "origin": origin_object(policy.metadata.origin, accepts.field),
            }
    return {**answer, "reason": decision_words(accepts, namespace, now)}


def _overruled(lost: Overruled) -> Json:
    return {
        **ref_object(lost.policy.metadata.ref),
        "field": lost.field,
        "mode": lost.mode.value,
        "why": lost.why.value,
        "origin": origin_object(lost.policy.metadata.origin, lost.field),
    }
