"""Does a CRL let a path pass.

Envoy checks every certificate of the path, the anchor too, as soon as a CRL is given (X509_V_FLAG_CRL_CHECK_ALL): a
missing, expired or wrongly signed CRL breaks the path as a revocation does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.loaded import load
from kubectl_mtls.certs.name import CanonicalName, parse_name
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.certs.signature import signature_fits


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One CRL: who issued it (`name` for people), its time (`next_update` None is no end), the serials it revokes."""

    name: str
    issuer: CanonicalName
    this_update: datetime
    next_update: datetime | None
    authority_key_id: str | None
    serials: frozenset[int]
    parsed: x509.CertificateRevocationList = field(repr=False, hash=False, compare=False)


def parse_crls(data: bytes) -> tuple[RevocationList, ...]:
    """The CRLs of a PEM text; what is none is left out (Envoy loads it, and refuses every path)."""
    contents = [block.content for block in read_blocks(data) if block.label == "X509 CRL" and not block.problem]
    return tuple(crl for content in contents if (crl := _parse(content)))


def revocation_problem(
    path: Sequence[Certificate], crls: Sequence[RevocationList], at: datetime
) -> tuple[int, str, str] | None:
    """The place in the path (0 is the leaf) that the CRLs do not let pass, why, and what a proxy says; None when all
    pass.
    """
    for place, certificate in enumerate(path):
        issuer = path[place + 1] if place + 1 < len(path) else certificate
        own = [crl for crl in crls if crl.issuer == certificate.issuer.canonical and _names(crl, issuer)]
        timely = [crl for crl in own if crl.this_update <= at and (crl.next_update is None or at < crl.next_update)]
        by = f'the CRL of "{certificate.issuer.short}"'
        if not own:
            return place, f"{by} is missing", "unable to get certificate CRL"
        if not timely:
            says = "CRL is not yet valid" if at < own[0].this_update else "CRL has expired"
            return place, f"{by} has expired or is not yet valid", says
        if not _may_sign(issuer) or not signature_fits(timely[0].parsed, issuer):
            return place, f"{by} is not signed by it", "CRL" if _may_sign(issuer) else ""
        if load(certificate.der).serial_number in timely[0].serials:
            return place, f"{by} revokes it", "certificate revoked"
    return None


def _may_sign(issuer: Certificate) -> bool:
    return issuer.extensions.key_usages is None or "cRLSign" in issuer.extensions.key_usages


def _names(crl: RevocationList, issuer: Certificate) -> bool:
    key_id = issuer.extensions.subject_key_id
    return crl.authority_key_id is None or key_id is None or crl.authority_key_id == key_id


def _parse(der: bytes) -> RevocationList | None:
    try:
        crl = x509.load_der_x509_crl(der)
        issuer = parse_name(crl.issuer.public_bytes())
        return RevocationList(
            name=issuer.text,
            issuer=issuer.canonical,
            this_update=crl.last_update_utc,
            next_update=crl.next_update_utc,
            authority_key_id=_authority_key_id(crl),
            serials=frozenset(revoked.serial_number for revoked in crl),
            parsed=crl,
        )
    except ValueError:
        return None


def _authority_key_id(crl: x509.CertificateRevocationList) -> str | None:
    try:
        extension = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    return extension.key_identifier.hex() if extension.key_identifier else None
