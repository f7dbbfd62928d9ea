"""`inspect-secret -o json`: names that others rely on; inner names may change, these may not."""

from collections.abc import Sequence
from typing import Any

from kubectl_mtls.certs.certificate import HAS_ENDED, NEVER_BEGINS, Certificate
from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.crl import RevocationList
from kubectl_mtls.certs.extensions import Extensions
from kubectl_mtls.certs.inspection import Found
from kubectl_mtls.certs.path import Verdict
from kubectl_mtls.certs.private_key import public_fingerprint
from kubectl_mtls.certs.request import CertificateRequest
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.credential.dossier import Dossier
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
            "renewed": inspection.key_renewed,
        },
        "certificates": [_found(found) for found in inspection.shown],
        "keyMatches": inspection.key_matches,
        "verifies": {"client": inspection.client.ok, "server": inspection.server.ok},
        "reasons": {"client": _text(inspection.client.reason), "server": _text(inspection.server.reason)},
        "symptoms": {"client": _symptom(inspection.client), "server": _symptom(inspection.server)},
        "fitness": [{"use": escape(one.use), "ok": one.ok, "reason": _text(one.reason)} for one in dossier.fitness],
        "path": _path(inspection.path),
        "alternatives": [
            {"path": _path(path), "effectiveNotAfter": _effective_end(path)} for path in inspection.alternatives
        ],
        "weakest": _brief(inspection.weakest),
        "effectiveNotAfter": _effective_end(inspection.path),
        "forms": {escape(key): found.form for key, found in inspection.disguises.items()},
        "revocationLists": [_revocation_list(key, crl) for key, crl in inspection.crls],
        "requests": [_request(key, request) for key, request in inspection.requests],
        "owner": owner_object(dossier.ownership),
        "users": [user_object(usage, dossier.rights) for usage in dossier.usages],
        "findings": [finding_object(finding) for finding in findings],
    }


def _path(path: Sequence[Certificate]) -> list[str]:
    return [certificate.sha256 for certificate in path]


def _effective_end(path: Sequence[Certificate]) -> str | None:
    weakest = weakest_link(path)
    return render_time(weakest.not_after) if weakest else None


def _name_constraints(extensions: Extensions) -> Json | None:
    """Null: any name may be signed."""
    if not extensions.has_name_constraints:
        return None
    return {
        "permitted": [escape(one) for one in extensions.permitted_names],
        "excluded": [escape(one) for one in extensions.excluded_names],
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
        "publicSha256": public_fingerprint(certificate),
        "signatureAlgorithm": certificate.signature_algorithm,
        "keyUsages": None if certificate.extensions.key_usages is None else list(certificate.extensions.key_usages),
        "extendedKeyUsages": None
        if certificate.extensions.extended_usages is None
        else list(certificate.extensions.extended_usages),
        "isCA": certificate.is_ca,
        "pathLength": certificate.extensions.path_length,
        "nameConstraints": _name_constraints(certificate.extensions),
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
