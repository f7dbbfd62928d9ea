"""Would Go's x509.Verify, as istiod calls it, find a path.

crypto/x509/verify.go (buildChains, isValid, CheckSignatureFrom, checkChainForKeyUsage). Other than BoringSSL it tries
every candidate, refuses SHA-1, takes the very end of a certificate's time as valid, and asks the whole path for
serverAuth because istiod names no usage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.signature import signed_by

_INSECURE = ("MD5", "SHA-1")
_MOST_TRIES = 100
_SUITABLE = frozenset(("serverAuth", "anyExtendedKeyUsage"))


def go_verifies(
    leaf: Certificate, intermediates: Sequence[Certificate], roots: Sequence[Certificate], at: datetime
) -> bool:
    """Whether there is a path from the leaf to one of the roots."""
    if not go_reads(leaf) or not _fits((), leaf, at, is_intermediate=False):
        return False
    pools = _Pools(_distinct(intermediates), _distinct(roots), at)
    if leaf.der in {root.der for root in pools.roots}:
        return _for_servers((leaf,))
    return any(_for_servers(path) for path in pools.paths((leaf,)))


@dataclass(slots=True)
class _Pools:
    """Where issuers come from, and how many were tried (Go gives up after 100 signatures)."""

    intermediates: Sequence[Certificate]
    roots: Sequence[Certificate]
    at: datetime
    tries: int = 0

    def paths(self, path: tuple[Certificate, ...]) -> Iterator[tuple[Certificate, ...]]:
        """Every way from the end of `path` to a root."""
        for root in _candidates(path, self.roots):
            if self._issued(path[-1], root) and _fits(path, root, self.at, is_intermediate=False):
                yield (*path, root)
        for issuer in _candidates(path, self.intermediates):
            if self._issued(path[-1], issuer) and _fits(path, issuer, self.at, is_intermediate=True):
                yield from self.paths((*path, issuer))

    def _issued(self, child: Certificate, issuer: Certificate) -> bool:
        self.tries += 1
        return self.tries <= _MOST_TRIES and _issued(child, issuer)


def _distinct(certificates: Sequence[Certificate]) -> list[Certificate]:
    return [certificate for certificate in {c.der: c for c in certificates}.values() if go_reads(certificate)]


def _candidates(path: Sequence[Certificate], pool: Sequence[Certificate]) -> list[Certificate]:
    there = {certificate.der for certificate in path}
    return [issuer for issuer in pool if issuer.subject.text == path[-1].issuer.text and issuer.der not in there]


def _issued(child: Certificate, issuer: Certificate) -> bool:
    extensions = issuer.extensions
    if extensions.is_ca is False or (issuer.version == 3 and extensions.is_ca is None):
        return False
    if extensions.key_usages is not None and "keyCertSign" not in extensions.key_usages:
        return False
    return not child.signature_algorithm.endswith(_INSECURE) and signed_by(child, issuer)


def _fits(path: Sequence[Certificate], certificate: Certificate, at: datetime, *, is_intermediate: bool) -> bool:
    if certificate.extensions.unsupported_critical or not certificate.not_before <= at <= certificate.not_after:
        return False
    if is_intermediate and not certificate.is_ca:
        return False
    limit = certificate.extensions.path_length
    return limit is None or len(path) - 1 <= limit


def _for_servers(path: Sequence[Certificate]) -> bool:
    return all(c.extensions.extended_usages is None or _SUITABLE & set(c.extensions.extended_usages) for c in path)


def go_reads(certificate: Certificate) -> bool:
    """Whether x509.ParseCertificate takes it: no negative serial, no name beyond ASCII, no extension twice."""
    return (
        certificate.extensions.problem is None
        and certificate.has_dates
        and not certificate.serial.startswith("-")
        and certificate.key_type not in ("ECDSA secp256k1", "unknown")
        and all(san.isascii() for san in certificate.sans)
    )
