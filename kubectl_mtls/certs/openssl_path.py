"""Would OpenSSL accept this path, where no proxy can be asked.

A proxy that does not load the private key never gets as far as a handshake; then the verdict of `openssl verify` is
the only one there is. Other than BoringSSL as Envoy calls it, X509_verify_cert (crypto/x509/x509_vfy.c, OpenSSL 3.0)
wants a root at the end, holds an anchor to its own extensions, prefers issuers that are valid now, and takes MD5.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from kubectl_mtls.certs.certificate import Certificate, names_key_of
from kubectl_mtls.certs.constraints import allows_host
from kubectl_mtls.certs.crl import RevocationList
from kubectl_mtls.certs.path import (
    Fault,
    TlsRole,
    Verdict,
    build_path,
    first_misfit,
    first_refused_name,
    first_revoked,
    first_unsigned_or_untimely,
)
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.certs.signature import signed_for_openssl

_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def verify_openssl_path(
    leaf: Certificate,
    intermediates: Sequence[Certificate],
    anchors: Sequence[Certificate],
    at: datetime,
    role: TlsRole | None,
    crls: Sequence[RevocationList] | None = None,
    *,
    is_partial: bool = False,
) -> Verdict:
    """OpenSSL's verdict; `role` None judges no purpose, `crls` None no CRL; a partial path may end at any anchor."""
    path, untrusted, fault = build_path(leaf, _timely_first(intermediates, at), _timely_first(anchors, at))
    fault = (
        fault
        or (None if is_partial else _unfinished(path))
        or first_misfit(path, role, partial(_may_issue, path[-1]))
        or _too_long(path)
        or (first_revoked(path, crls, at) if crls is not None else None)
        or first_unsigned_or_untimely(path, at, signed_for_openssl)
        or first_refused_name(path)
        or _refused_common_name(path)
    )
    return Verdict(fault is None, fault, path, untrusted)


def _refused_common_name(path: Sequence[Certificate]) -> Fault | None:
    """NAME_CONSTRAINTS_check_CN: without DNS names the common name stands for one."""
    leaf = path[0]
    if any(san.startswith("DNS:") for san in leaf.sans) or not _HOST.fullmatch(leaf.subject.short):
        return None
    refusing = next((issuer for issuer in path[1:] if not allows_host(issuer, leaf.subject.short)), None)
    if refusing is None:
        return None
    reason = f'"{refusing.subject.short}" may not sign the name {leaf.subject.short}'
    return Fault(ProblemCode.UNSUITABLE_CA, reason, 0)


def _may_issue(root: Certificate, certificate: Certificate) -> bool:
    """X509_check_ca: a root without basicConstraints needs only keyCertSign, or to be of version 1."""
    extensions = certificate.extensions
    if extensions.key_usages is not None and "keyCertSign" not in extensions.key_usages:
        return False
    if certificate.der != root.der or extensions.is_ca is not None:
        return certificate.is_ca
    return extensions.key_usages is not None or (certificate.version == 1 and certificate.self_signed)


def _timely_first(certificates: Sequence[Certificate], at: datetime) -> list[Certificate]:
    return sorted(certificates, key=lambda certificate: not certificate.valid_at(at))


def _unfinished(path: Sequence[Certificate]) -> Fault | None:
    if path[-1].self_issued and names_key_of(path[-1], path[-1]):
        return None
    reason = f'issuer "{path[-1].issuer.short}" of "{path[-1].subject.short}" is missing'
    return Fault(ProblemCode.ISSUER_MISSING, reason, len(path) - 1)


def _too_long(path: Sequence[Certificate]) -> Fault | None:
    """The root's own path length; that of the others is no different."""
    limit = path[-1].extensions.path_length
    below = sum(not certificate.self_issued for certificate in path[1:-1])
    if len(path) < 3 or limit is None or below <= limit:
        return None
    reason = f'"{path[-1].subject.short}" allows {limit} CAs below it, there are {below}'
    return Fault(ProblemCode.UNSUITABLE_CA, reason, len(path) - 1)
