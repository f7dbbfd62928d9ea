"""What every command prints alike for machines: which object, its place in a file, its last change, findings, gaps."""

from typing import Any

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.origin import FileOrigin, Origin
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.render.duration import render_time

Json = dict[str, Any]


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
