"""Whether a certificate can take the place of another: dates, chain, uses, names, and who keeps the Secret."""

from collections.abc import Mapping
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate, parse_certificates
from kubectl_mtls.certs.chain import resolve_chain, weakest_link
from kubectl_mtls.certs.layout import resolve_ca, resolve_pair
from kubectl_mtls.certs.path import TlsRole, verify_path
from kubectl_mtls.certs.private_key import key_matches, read_private_key
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.managers import managers_of
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.certificate_effect import CertificateView, Users
from kubectl_mtls.plan.objection import CERTIFICATE_NOT_VALID, CHAIN_DOES_NOT_VERIFY, ENDS_EARLIER, FOREIGN_OWNER
from kubectl_mtls.plan.succession import ROTATION, Sides, object_to_losses
from kubectl_mtls.posture.credential.usage import Purpose

_ROLES = {Purpose.CLIENT: TlsRole.CLIENT, Purpose.SERVER: TlsRole.SERVER}
_CHAIN_MEND = (
    "give the chain's missing part in --cert and its root in --ca; accept it where the CA beside a client certificate "
    "is the servers' and not its own"
)


def view_certificate(own: Mapping[str, bytes], of_ca: Mapping[str, bytes], now: datetime) -> CertificateView:
    """What the values of a Secret show; `of_ca` are those of the Secret that supplies the CA."""
    pair = resolve_pair(own)
    chain = parse_certificates(own.get(pair.certificate_key or "", b""))[0]
    anchors = parse_certificates(of_ca.get(resolve_ca(of_ca).ca_key or "", b""))[0]
    fits_key = key_matches(chain[0], read_private_key(own.get(pair.private_key_key or ""))) if chain else None
    if not chain or not anchors:
        leaf = chain[0] if chain else None
        return CertificateView(leaf, chain, anchors, weakest=weakest_link(chain), fits_key=fits_key)
    verdict = verify_path(chain[0], chain[1:], anchors, now, None)
    fits = tuple(role for role in TlsRole if verify_path(chain[0], chain[1:], anchors, now, role).ok)
    return CertificateView(
        leaf=chain[0],
        chain=chain,
        anchors=anchors,
        verified_by=verdict.path[-1] if verdict.ok else None,
        refusal=None if verdict.ok else verdict.reason,
        weakest=weakest_link(verdict.path if verdict.ok else chain),
        fits=fits,
        fits_key=fits_key,
    )


def object_to_certificate(
    old: CertificateView | None, new: CertificateView | None, now: datetime, users: Users, sides: Sides = ROTATION
) -> tuple[Objection, ...]:
    """What speaks against putting `new` in the place of `old` (None: there was none); `sides` are their names."""
    if new is None:
        return ()
    untimely = [certificate for certificate in new.chain if not certificate.valid_at(now)]
    messages = [_untimely(certificate, now) for certificate in untimely]
    found = [CERTIFICATE_NOT_VALID.objection("; ".join(messages))] if messages else []
    if problem := _chain_problem(old, new, users, sides, is_timely=not untimely):
        found.append(CHAIN_DOES_NOT_VERIFY.objection(problem, _CHAIN_MEND))
    losses = object_to_losses(old, new, sides)
    return (*found, *(loss for loss in losses if not untimely or loss.code != ENDS_EARLIER.code))


def object_to_owner(manifest: Manifest | None) -> tuple[Objection, ...]:
    """One objection for each that keeps the Secret."""
    return tuple(
        FOREIGN_OWNER.objection(f"kept by {keeper.name} ({keeper.sign}), which will overwrite what is written here")
        for keeper in managers_of(manifest or {})
    )


def _untimely(certificate: Certificate, now: datetime) -> str:
    name = certificate.subject.short
    if now < certificate.not_before:
        return f'"{name}" is not valid before {certificate.not_before:%Y-%m-%dT%H:%M:%SZ}'
    return f'"{name}" expired at {certificate.not_after:%Y-%m-%dT%H:%M:%SZ}'


def _chain_problem(
    old: CertificateView | None, new: CertificateView, users: Users, sides: Sides, *, is_timely: bool
) -> str | None:
    if not new.chain or not new.anchors:
        return None
    if not is_timely:
        last = resolve_chain(new.chain, new.anchors).missing_after
        return None if last is None else _missing_issuer(new.chain[last])
    if new.refusal:
        return new.refusal
    for user in users.known:
        role = _ROLES.get(user.purpose)
        if role and role not in new.fits:
            return f"{user.object.full} uses it as {user.purpose}, and it cannot serve as {role}"
    lost = [role for role in (old.fits if old else ()) if role not in new.fits]
    if lost:
        return f"{sides.before} serves as {' and '.join(lost)}, {sides.after} does not"
    return None if new.fits else "the certificate serves neither as client nor as server"


def _missing_issuer(certificate: Certificate) -> str:
    return f'issuer "{certificate.issuer.short}" of "{certificate.subject.short}" is missing'
