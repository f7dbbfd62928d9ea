"""The `credentials` of `status` for machines. Keys here are a promise."""

from typing import Any

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.posture.credential.standing import Standing
from kubectl_mtls.posture.credential.usage import Usage
from kubectl_mtls.render.duration import render_time


def credential_object(standing: Standing) -> dict[str, Any]:
    """One Secret that something names. `state` is one word, `reason` what is broken or why nothing is known."""
    return {
        "namespace": standing.ref.namespace,
        "name": standing.ref.name,
        "state": standing.state.value,
        "reason": standing.reason or None,
        "effectiveNotAfter": render_time(standing.ends_at) if standing.ends_at else None,
        "weakest": certificate_object(standing.weakest) if standing.weakest else None,
        "keptBy": standing.kept_by,
        "usedBy": [_usage(usage) for usage in standing.usages],
    }


def certificate_object(certificate: Certificate) -> dict[str, Any]:
    """What tells one certificate from others."""
    return {
        "sha256": certificate.sha256,
        "subject": certificate.subject.text,
        "issuer": certificate.issuer.text,
        "serial": certificate.serial,
        "notBefore": render_time(certificate.not_before),
        "notAfter": render_time(certificate.not_after),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    ref = usage.user.ref
    return {
        "kind": ref.kind.name,
        "namespace": ref.namespace or None,
        "name": ref.name,
        "field": usage.field,
        "purpose": usage.purpose.value,
        "towards": list(usage.towards),
        "caveat": usage.caveat.value if usage.caveat else None,
    }
