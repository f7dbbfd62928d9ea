"""`inspect-secret -o json`: names that others rely on; inner names may change, these may not."""

from collections.abc import Sequence
from typing import Any

from kubectl_mtls.certs.certificate import HAS_ENDED, NEVER_BEGINS, Certificate
from kubectl_mtls.certs.crl import RevocationList
from kubectl_mtls.certs.inspection import Found
from kubectl_mtls.certs.path import Verdict
from kubectl_mtls.certs.request import CertificateRequest
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.dossier import Dossier
from kubectl_mtls.render.duration import render_time
from kubectl_mtls.render.keeping_json import owner_object, user_object
from kubectl_mtls.render.object_json import finding_object
from kubectl_mtls.render.text import escape

Json = dict[str, Any]


def inspection_object(dossier: Dossier, findings: Sequence[Finding] = ()) -> Json:
    """One item of `items`."""
    inspection = dossier.inspection
    layout = inspection.layout
    return {
        "namespace": inspection.ref.namespace,
        "name": inspection.ref.name,
        "kind": inspection.ref.kind.name,
        "type": inspection.secret.type or None,
        "role": str(inspection.role),
        "keys": {
            "certificate": layout.certificate_key,
            "privateKey": layout.private_key_key,
            "ca": layout.ca_key,
            "caSecret": inspection.ca_secret,
            "crl": layout.crl_key,
        },
        "istiod": {"accepted": inspection.istiod.accepted, "error": _text(inspection.istiod.error)},
        "privateKey": {
            "state": str(inspection.key.state),
            "type": inspection.key.key_type,
            "publicSha256": inspection.key.public_fingerprint,
        },
        "certificates": [_found(found) for found in inspection.shown],
        "keyMatches": inspection.key_matches,
        "verifies": {"client": inspection.client.ok, "server": inspection.server.ok},
        "reasons": {"client": _text(inspection.client.reason), "server": _text(inspection.server.reason)},
        "symptoms": {"client": _symptom(inspection.client), "server": _symptom(inspection.server)},
        "fitness": [{"use": escape(one.use), "ok": one.ok, "reason": _text(one.reason)} for one in dossier.fitness],
        "path": [certificate.sha256 for certificate in inspection.path],
        "weakest": _brief(inspection.weakest),
        "effectiveNotAfter": render_time(inspection.weakest.not_after) if inspection.weakest else None,
        "forms": {escape(key): found.form for key, found in inspection.disguises.items()},
        "revocationLists": [_revocation_list(key, crl) for key, crl in inspection.crls],
        "requests": [_request(key, request) for key, request in inspection.requests],
        "owner": owner_object(dossier.ownership),
        "users": [user_object(usage, dossier.rights) for usage in dossier.usages],
        "findings": [finding_object(finding) for finding in findings],
    }


def _symptom(verdict: Verdict) -> str | None:
    """What the log of a refusing proxy says; null where it does not refuse, or not always in the same words."""
    return verdict.fault.says or None if verdict.fault else None


def _revocation_list(data_key: str, crl: RevocationList) -> Json:
    return {
        "key": escape(data_key),
        "issuer": escape(crl.name),
        "thisUpdate": render_time(crl.this_update),
        "nextUpdate": render_time(crl.next_update) if crl.next_update else None,
        "revoked": len(crl.serials),
    }


def _request(data_key: str, request: CertificateRequest) -> Json:
    return {
        "key": escape(data_key),
        "subject": escape(request.subject.text),
        "names": [escape(san) for san in request.sans],
        "publicKey": request.key_type,
        "publicSha256": request.public_fingerprint,
        "signed": request.signed,
    }


def _found(found: Found) -> Json:
    certificate = found.certificate
    return {
        **(_brief(certificate) or {}),
        "key": found.data_key,
        "index": found.index,
        "form": found.form,
        "names": [escape(san) for san in certificate.sans],
        "spiffeIds": [escape(str(identity)) for identity in certificate.spiffe_ids],
        "publicKey": certificate.key_type,
        "signatureAlgorithm": certificate.signature_algorithm,
        "keyUsages": None if certificate.extensions.key_usages is None else list(certificate.extensions.key_usages),
        "extendedKeyUsages": None
        if certificate.extensions.extended_usages is None
        else list(certificate.extensions.extended_usages),
        "isCA": certificate.is_ca,
        "pathLength": certificate.extensions.path_length,
        "subjectKeyId": certificate.extensions.subject_key_id,
        "authorityKeyId": certificate.extensions.authority_key_id,
        "selfSigned": certificate.self_signed,
    }


def _brief(certificate: Certificate | None) -> Json | None:
    if certificate is None:
        return None
    return {
        "sha256": certificate.sha256,
        "subject": escape(certificate.subject.text),
        "issuer": escape(certificate.issuer.text),
        "serial": certificate.serial,
        "notBefore": None if certificate.not_before == NEVER_BEGINS else render_time(certificate.not_before),
        "notAfter": None if certificate.not_after == HAS_ENDED else render_time(certificate.not_after),
    }


def _text(text: str | None) -> str | None:
    return escape(text) if text else None
