"""`status` for machines. Keys here are a promise: names inside the program may change, these may not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.origin import FileOrigin, Origin
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.accepts import Accepts, Effective, Overruled, Unknown
from kubectl_mtls.posture.connection import DOCUMENTATION
from kubectl_mtls.posture.planes import Plane
from kubectl_mtls.posture.ports import OTHER_PORTS, PortRow
from kubectl_mtls.posture.services import Backend, ServiceRow, mode_word
from kubectl_mtls.posture.status import Status
from kubectl_mtls.render.credentials_json import certificate_object, credential_object
from kubectl_mtls.render.duration import render_time
from kubectl_mtls.render.words import decision_words, doubt_words, row_words

Json = dict[str, Any]


def status_object(status: Status, findings: Sequence[Finding], now: datetime) -> Json:
    """The answer as plain values: `revisions`, `ca`, `services`, `ports`, `credentials`, `findings`, `gaps`."""
    return {
        "revisions": [_plane(plane) for plane in status.planes],
        "ca": _ca(status),
        "services": [_row(row, now) for row in status.rows],
        "ports": [_port(row, now) for row in status.ports],
        "credentials": [credential_object(standing) for standing in status.credentials],
        "findings": [finding_object(finding) for finding in findings],
        "gaps": [gap_object(gap) for gap in status.gaps],
    }


def ref_object(ref: Ref) -> Json:
    """One object's identity."""
    return {"kind": ref.kind.name, "namespace": ref.namespace or None, "name": ref.name}


def origin_object(origin: Origin | None, field: str) -> Json | None:
    """File and line; None for the cluster."""
    if not isinstance(origin, FileOrigin):
        return None
    place = origin.at(field)
    return {"file": place.path, "line": place.line}


def changed_object(changed: Changed | None) -> Json | None:
    """Time and field manager."""
    if changed is None:
        return None
    return {"at": render_time(changed.at) if changed.at else None, "by": changed.by}


def finding_object(finding: Finding) -> Json:
    """One finding, as every command prints it."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "object": ref_object(finding.object) if finding.object else None,
        "field": finding.field or None,
        "message": finding.message,
        "fix": finding.fix,
        "changed": changed_object(finding.changed),
        "origin": origin_object(finding.origin, finding.field),
    }


def gap_object(gap: Gap) -> Json:
    """One thing that was not read."""
    return {
        "kind": gap.kind.name if gap.kind else None,
        "namespace": gap.namespace,
        "name": gap.name,
        "reason": gap.reason.value,
        "detail": gap.detail,
        "missingRule": gap.missing_rule,
    }


def _plane(plane: Plane) -> Json:
    mesh = plane.mesh
    return {
        "revision": plane.revision,
        "istiodVersion": (plane.istiod.version or None) if plane.istiod else None,
        "trustDomain": mesh.trust_domain,
        "trustDomainAliases": list(mesh.trust_domain_aliases),
        "autoMtls": mesh.auto_mtls,
        "rootNamespace": mesh.root_namespace,
        "defaultMode": plane.default_mode.value if plane.default_mode else "UNKNOWN",
        "defaultDecidedBy": ref_object(plane.policy.metadata.ref) if plane.policy else None,
        "assumed": plane.assumed,
        "reason": plane.gap.detail if plane.gap else None,
    }


def _ca(status: Status) -> Json:
    authority, roots = status.authority, status.roots
    return {
        "kind": authority.kind.value,
        "detail": authority.detail or None,
        "toldByRoot": authority.by_root,
        "signingCertificate": certificate_object(authority.intermediate) if authority.intermediate else None,
        "signingChain": [certificate_object(link) for link in authority.chain],
        "roots": [certificate_object(root) for root in roots.certificates],
        "rootCopies": {
            "total": roots.total,
            "differing": {name: why.value for name, why in roots.differing.items()},
            "reason": roots.gap.detail if roots.gap else None,
        },
    }


def _row(row: ServiceRow, now: datetime) -> Json:
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
    }


def _backend(backend: Backend, now: datetime) -> Json:
    return {
        "pod": backend.pod.metadata.name,
        "workload": {"kind": backend.pod.workload.kind, "name": backend.pod.workload.name},
        "port": backend.port,
        "proxy": backend.pod.proxy.value,
        **_accepts(backend.accepts, backend.pod.metadata.namespace, now),
    }


def _port(row: PortRow, now: datetime) -> Json:
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
