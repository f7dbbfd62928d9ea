"""`status` for machines. Keys here are a promise: names inside the program may change, these may not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.mesh.planes import Plane
from kubectl_mtls.posture.mesh.status import Status
from kubectl_mtls.render.advice_json import advice_object
from kubectl_mtls.render.credentials_json import certificate_object, credential_object
from kubectl_mtls.render.duration import render_time
from kubectl_mtls.render.object_json import finding_object, gap_object, ref_object
from kubectl_mtls.render.services_json import port_object, service_object
from kubectl_mtls.render.traffic_json import egress_object, recent_object, undeclared_object

Json = dict[str, Any]


def status_object(status: Status, findings: Sequence[Finding], now: datetime) -> Json:
    """The answer as plain values.

    `revisions`, `ca`, `services`, `egress`, `ports`, `credentials`, `changes`, `findings`, `gaps`.
    """
    shown = status.shown
    return {
        "revisions": [_plane(plane) for plane in status.planes],
        "ca": _ca(status),
        "services": [service_object(traffic, now) for traffic in shown.services],
        "egress": [
            *(egress_object(one, now) for one in shown.egress),
            *(undeclared_object(one) for one in shown.undeclared),
        ],
        "ports": [port_object(row, now) for row in shown.ports],
        "credentials": [credential_object(standing) for standing in shown.credentials],
        "advice": None if status.advice is None else [advice_object(one) for one in status.advice],
        "changes": None if shown.recent is None else [recent_object(one) for one in shown.recent],
        "findings": [finding_object(finding) for finding in findings],
        "gaps": [gap_object(gap) for gap in status.gaps],
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
        **_networks(plane),
    }


def _networks(plane: Plane) -> Json:
    """Only where there are several."""
    if not plane.other_networks:
        return {}
    others = {name: [one.shown for one in gateways] for name, gateways in plane.other_networks}
    return {"network": plane.network or None, "otherNetworks": others}


def _ca(status: Status) -> Json:
    authority, roots = status.authority, status.roots
    return {
        "kind": authority.kind.value,
        "detail": authority.detail or None,
        "toldByRoot": authority.by_root,
        "signingCertificate": certificate_object(authority.intermediate) if authority.intermediate else None,
        "signingEndsAt": render_time(authority.ends_at) if authority.ends_at else None,
        "signingChain": [certificate_object(link) for link in authority.chain],
        "roots": [certificate_object(root) for root in roots.certificates],
        "rootCopies": {
            "total": roots.total,
            "differing": {name: why.value for name, why in roots.differing.items()},
            "reason": roots.gap.detail if roots.gap else None,
        },
    }
