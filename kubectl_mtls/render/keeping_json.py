"""`owner` and `users[]` of `inspect-secret -o json`: names that others rely on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kubectl_mtls.model.cert_manager import ManagedCertificate
from kubectl_mtls.model.external_secret import ExternalSecret
from kubectl_mtls.posture.credential.access import Right
from kubectl_mtls.posture.credential.issuance import Stuck
from kubectl_mtls.posture.credential.ownership import Ownership
from kubectl_mtls.posture.credential.usage import Asker, Usage
from kubectl_mtls.render.duration import render_time
from kubectl_mtls.render.keeping import workload_name
from kubectl_mtls.render.object_json import changed_object, ref_object
from kubectl_mtls.render.text import escape

Json = dict[str, Any]


def owner_object(ownership: Ownership) -> Json | None:
    """Null where nobody leaves a sign, neither a keeper nor a writer."""
    if ownership.manager is None and ownership.source is None and ownership.written is None:
        return None
    return {
        "manager": ownership.manager.name if ownership.manager else None,
        "sign": escape(ownership.manager.sign) if ownership.manager else None,
        "source": escape(ownership.source) if ownership.source else None,
        "issuer": escape(ownership.issuer) if ownership.issuer else None,
        "lastWrite": changed_object(ownership.written),
        "certificate": _certificate(ownership.certificate),
        "externalSecret": _external_secret(ownership.external_secret),
        "stuck": _stuck(ownership.stuck),
    }


def user_object(usage: Usage, rights: Mapping[Asker, Right]) -> Json:
    """One place that names the Secret. `mayRead` is null where it cannot be told or no right is needed."""
    return {
        **ref_object(usage.user.ref),
        "field": usage.field,
        "purpose": usage.purpose.value,
        "towards": [escape(host) for host in usage.towards],
        "caveat": usage.caveat.value if usage.caveat else None,
        "workloads": [_asker(asker, rights.get(asker) if usage.needs_right else None) for asker in usage.askers],
    }


def _asker(asker: Asker, right: Right | None) -> Json:
    return {
        "namespace": asker.namespace,
        "workload": escape(workload_name(asker)),
        "serviceAccount": escape(asker.service_account),
        "mayRead": right.allowed if right else None,
        "reason": escape(right.reason) if right and right.reason else None,
        "by": [ref.full for ref in right.by] if right else [],
    }


def _certificate(certificate: ManagedCertificate | None) -> Json | None:
    if certificate is None:
        return None
    ready = certificate.conditions.get("Ready")
    return {
        "name": certificate.metadata.name,
        "ready": ready.status if ready else None,
        "revision": certificate.revision,
        "renewsAt": _time(certificate.renews_at),
        "lastFailureAt": _time(certificate.failed_at),
        "failedAttempts": certificate.failed_attempts,
        "rotationPolicy": certificate.rotation or None,
    }


def _external_secret(external: ExternalSecret | None) -> Json | None:
    if external is None:
        return None
    ready = external.conditions.get("Ready")
    return {
        "name": external.metadata.name,
        "store": escape(external.store) or None,
        "refreshedAt": _time(external.refreshed_at),
        "ready": ready.status if ready else None,
    }


def _stuck(stuck: Stuck | None) -> Json | None:
    if stuck is None:
        return None
    return {"why": stuck.obstacle.value, **ref_object(stuck.shown_by), "message": escape(stuck.words) or None}


def _time(moment: datetime | None) -> str | None:
    return render_time(moment) if moment else None
