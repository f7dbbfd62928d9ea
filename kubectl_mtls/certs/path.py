"""Would a proxy accept this leaf, with these certificates beside it and these as its CA.

Envoy's validator is BoringSSL's X509_verify_cert (`crypto/x509/x509_vfy.cc`) with trusted-first and partial chains.
This is the same algorithm, so that the answer is the handshake's: the first issuer that fits is taken and there is no
way back, an anchor's own constraints do not count, and anyExtendedKeyUsage stands for nothing. cryptography's own
verifier is stricter (no SHA-1, no RSA below 2048, no Ed25519 CA, no URI constraints) and says less about why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate, names_key_of
from kubectl_mtls.certs.constraints import refused_name
from kubectl_mtls.certs.crl import RevocationList, revocation_problem
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.certs.signature import signature_symptom, signed_by

_DEPTH = 100
_TLS_USAGES = {
    "client": frozenset(("digitalSignature", "keyAgreement")),
    "server": frozenset(("digitalSignature", "keyEncipherment", "keyAgreement")),
}
_PURPOSE = "unsupported certificate purpose"
_PURPOSES = {"client": "clientAuth", "server": "serverAuth"}


class TlsRole(StrEnum):
    """Which end of a connection shows the certificate."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks a path, and at which place in it (0 is the leaf; None: the files rather than the path).

    `says` are the words of the proxy that refuses, as its log has them; empty where they are not always the same.
    """

    code: ProblemCode
    reason: str
    place: int | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` None: there is nothing to ask (no certificate, or no CA). `fault` says why it is no.

    `path` leads from the leaf to the anchor when ok, else as far as it could be built; `untrusted` of its certificates
    are not from the CA.
    """

    ok: bool | None
    fault: Fault | None = None
    path: tuple[Certificate, ...] = ()
    untrusted: int = 0

    @property
    def reason(self) -> str:
        """Why it is no, in one sentence; empty when it is yes or nothing was asked."""
        return self.fault.reason if self.fault else ""


def verify_path(
    leaf: Certificate,
    intermediates: Sequence[Certificate],
    anchors: Sequence[Certificate],
    at: datetime,
    role: TlsRole | None,
    crls: Sequence[RevocationList] | None = None,
) -> Verdict:
    """The proxy's verdict. `role` None judges no purpose; `crls` None is no CRL check, an empty one refuses all."""
    path, untrusted, fault = build_path(leaf, intermediates, anchors)
    fault = (
        fault
        or first_misfit(path[:untrusted], role)
        or (first_revoked(path, crls, at) if crls is not None else None)
        or first_unsigned_or_untimely(path, at)
        or first_refused_name(path)
    )
    return Verdict(fault is None, fault, path, untrusted)


def issues(issuer: Certificate, child: Certificate) -> bool:
    """Whether a certificate may be the issuer of another by name, key identifier and usage (X509_check_issued)."""
    usages = issuer.extensions.key_usages
    return (
        issuer.subject.canonical == child.issuer.canonical
        and names_key_of(child, issuer)
        and (usages is None or "keyCertSign" in usages)
    )


def build_path(
    leaf: Certificate, intermediates: Sequence[Certificate], anchors: Sequence[Certificate]
) -> tuple[tuple[Certificate, ...], int, Fault | None]:
    """The path of the first issuers that fit, how many certificates at its start are not trusted, what is missing."""
    path = [leaf]
    pool = list(intermediates)
    while len(path) <= _DEPTH and not path[-1].self_signed and not _issuer(path[-1], anchors):
        issuer = _issuer(path[-1], pool)
        if issuer is None:
            break
        pool.remove(issuer)
        path.append(issuer)
    if path[-1].self_signed and len(path) == 1:
        if leaf.der in {anchor.der for anchor in anchors}:
            return tuple(path), 0, None
        reason = "the certificate is self-signed and not itself in the CA"
        return tuple(path), 1, Fault(ProblemCode.UNTRUSTED_CHAIN, reason, 0, "self signed certificate")
    extra_root = path.pop() if path[-1].self_signed else None
    untrusted = len(path)
    while len(path) <= _DEPTH and not path[-1].self_signed and (issuer := _issuer(path[-1], anchors)):
        path.append(issuer)
    if len(path) > untrusted:
        return tuple(path), untrusted, None
    if leaf.der in {anchor.der for anchor in anchors}:
        return tuple(path), 0, None
    last = path[-1]
    if extra_root is not None and issues(extra_root, last):
        reason = f'the chain ends in "{extra_root.subject.short}", which is not in the CA'
        says = "self signed certificate in certificate chain"
        return (*path, extra_root), untrusted, Fault(ProblemCode.UNTRUSTED_CHAIN, reason, untrusted, says)
    reason = f'issuer "{last.issuer.short}" of "{last.subject.short}" is missing'
    says = "unable to get local issuer certificate"
    return tuple(path), untrusted, Fault(ProblemCode.ISSUER_MISSING, reason, untrusted - 1, says)


def _issuer(child: Certificate, candidates: Sequence[Certificate]) -> Certificate | None:
    return next((candidate for candidate in candidates if issues(candidate, child)), None)


def first_misfit(
    untrusted: Sequence[Certificate], role: TlsRole | None, is_issuer: Callable[[Certificate], bool] | None = None
) -> Fault | None:
    """check_chain_extensions: only what is not trusted is asked for its extensions. `is_issuer` as `may_issue`."""
    below = 0
    for place, certificate in enumerate(untrusted):
        if misfit := _misfit(certificate, place, below, role, is_issuer or may_issue):
            reason, says = misfit
            code = ProblemCode.UNSUITABLE_LEAF if place == 0 else ProblemCode.UNSUITABLE_CA
            return Fault(code, reason, place, says)
        below += not certificate.self_issued
    return None


def _misfit(
    certificate: Certificate, place: int, below: int, role: TlsRole | None, is_issuer: Callable[[Certificate], bool]
) -> tuple[str, str] | None:
    """Why a certificate does not fit into its place, and what a proxy says."""
    extensions = certificate.extensions
    if extensions.problem:
        return extensions.problem, "invalid or inconsistent certificate extension"
    if extensions.unsupported_critical:
        reason = f"the critical extension {extensions.unsupported_critical[0]} is not known to proxies"
        return reason, "unhandled critical extension"
    if place > 0 and not is_issuer(certificate):
        return f'"{certificate.subject.short}" is used as a CA but is none', "invalid CA certificate"
    if role is not None:
        extended, purpose = extensions.extended_usages, _PURPOSES[role]
        if extended is not None and purpose not in extended:
            return f"its extended key usage lacks {purpose} ({', '.join(extended)})", _PURPOSE
        usages = extensions.key_usages
        if place == 0 and usages is not None and not _TLS_USAGES[role] & set(usages):
            return f"its key usage does not allow a TLS {role} ({', '.join(usages)})", _PURPOSE
    limit = extensions.path_length
    if place > 1 and not certificate.self_issued and limit is not None and below > limit + 1:
        reason = f'"{certificate.subject.short}" allows {limit} CAs below it, there are {below - 1}'
        return reason, "path length constraint exceeded"
    return None


def may_issue(certificate: Certificate) -> bool:
    """BoringSSL's check_ca: keyCertSign unless no usage is named, and CA by basicConstraints or a version 1 root."""
    usages = certificate.extensions.key_usages
    if usages is not None and "keyCertSign" not in usages:
        return False
    return certificate.is_ca or (certificate.version == 1 and certificate.self_signed)


def first_revoked(path: Sequence[Certificate], crls: Sequence[RevocationList], at: datetime) -> Fault | None:
    """What the CRLs refuse."""
    found = revocation_problem(path, crls, at)
    return Fault(ProblemCode.REVOKED, found[1], found[0], found[2]) if found else None


def first_unsigned_or_untimely(
    path: Sequence[Certificate],
    at: datetime,
    signed: Callable[[Certificate, Certificate], bool] = signed_by,
) -> Fault | None:
    """internal_verify, from the anchor down; the anchor's own signature is not checked."""
    for place in range(len(path) - 1, -1, -1):
        certificate, issuer = path[place], path[place + 1] if place + 1 < len(path) else None
        who = f'"{certificate.subject.short}"'
        if issuer and not signed(certificate, issuer):
            reason = f'{who} is not signed by "{issuer.subject.short}" in a way that proxies accept'
            return Fault(ProblemCode.UNTRUSTED_CHAIN, reason, place, signature_symptom(issuer))
        if at < certificate.not_before:
            reason = f"{who} is not valid before {_time(certificate.not_before)}"
            return Fault(ProblemCode.NOT_YET_VALID, reason, place, "certificate is not yet valid")
        if not certificate.valid_at(at):
            reason = f"{who} expired at {_time(certificate.not_after)}"
            return Fault(ProblemCode.EXPIRED, reason, place, "certificate has expired")
    return None


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def first_refused_name(path: Sequence[Certificate]) -> Fault | None:
    """A name that an issuer above may not sign; self-issued certificates above the leaf are not asked."""
    for place, certificate in enumerate(path):
        if place > 0 and certificate.self_issued:
            continue
        for issuer in path[place + 1 :]:
            if name := refused_name(certificate, issuer):
                reason = f'"{issuer.subject.short}" may not sign the name {name}'
                return Fault(ProblemCode.UNSUITABLE_CA, reason, place)
    return None
