"""Does Envoy load these files, and can a handshake carry them.

source/common/tls/context_impl.cc (loadCertificateChain, loadPrivateKey) and default_validator.cc; each rule seen on the
real Envoy. A file with one bad block is refused whole.
"""

from collections.abc import Sequence

from cryptography.x509 import ocsp

from kubectl_mtls.certs.certificate import Certificate, CertificateProblem
from kubectl_mtls.certs.private_key import PrivateKeyFacts, key_matches

_LARGEST_MESSAGE = 102_400
# A server sends two tickets, each with the client's chain: 25 kB pass, 54 kB do not. What is too large for a ticket at
# all (two octets of length) is left out of it and passes again.
_LARGEST_TICKET = 32_000
_NO_TICKET = 65_000
_OVERHEAD = 5
_FEWEST_BITS, _MOST_BITS = 2048, 16_384  # of RSA
_LOADABLE_CURVES = ("ECDSA P-256", "ECDSA P-384", "ECDSA P-521")
_UNSIGNABLE = ("ECDSA P-521", "Ed25519", "Ed448")


def certificate_refusal(
    certificates: Sequence[Certificate], problems: Sequence[CertificateProblem], where: str
) -> str | None:
    """Why Envoy does not take a file of certificates (chain or CA); None when it does. `where` is the data key."""
    if problems:
        return f"{where}, certificate {problems[0].index} (line {problems[0].line}): {problems[0].message}"
    return None if certificates else f"{where} holds no certificate in PEM form"


def leaf_refusal(certificates: Sequence[Certificate]) -> str | None:
    """Why Envoy does not load a chain that it can read; None when it does."""
    return certificates_refusal(certificates) or nameless_refusal(certificates)


def nameless_refusal(certificates: Sequence[Certificate]) -> str | None:
    """What Envoy looks at last, behind the private key; None when the leaf has a name."""
    leaf = certificates[0]
    return None if leaf.subject or leaf.sans else "the leaf has neither a subject nor an alternative name"


def certificates_refusal(certificates: Sequence[Certificate]) -> str | None:
    """What Envoy looks at before the private key; None when all is well."""
    leaf = certificates[0]
    if weak := weak_key(leaf):
        return weak
    usages = leaf.extensions.key_usages
    if leaf.key_type.startswith("ECDSA") and usages is not None and "digitalSignature" not in usages:
        return "the leaf's key usage lacks digitalSignature"
    return leaf.extensions.problem


def pair_refusal(certificates: Sequence[Certificate], key: PrivateKeyFacts) -> str | None:
    """Why Envoy does not load a key pair whose chain it can read; None when it does."""
    if refusal := leaf_refusal(certificates):
        return refusal
    if not key.usable:
        return key.description
    return None if key_matches(certificates[0], key) else "the private key is not the leaf's"


def weak_key(leaf: Certificate) -> str | None:
    """Why the kind of the leaf's key is refused; None when it is not."""
    if leaf.key_type.startswith("RSA") and not _FEWEST_BITS <= int(leaf.key_type.split()[1]) <= _MOST_BITS:
        return f"the leaf's key is {leaf.key_type}: proxies take {_FEWEST_BITS} to {_MOST_BITS} bits"
    if leaf.key_type.startswith("ECDSA") and leaf.key_type not in _LOADABLE_CURVES:
        return f"the leaf's key is {leaf.key_type}: proxies take P-256, P-384 and P-521"
    if leaf.key_type == "unknown":
        return "the leaf's key is of a kind that proxies do not know"
    return None


def staple_refusal(staple: bytes | None) -> str | None:
    """Why Envoy does not take an OCSP staple (only ever sent for tls.crt); None when it does or there is none."""
    if not staple:
        return None
    try:
        ocsp.load_der_ocsp_response(staple)
    except ValueError:
        return "tls.ocsp-staple is no OCSP response"
    return None


def handshake_refusal(certificates: Sequence[Certificate]) -> str | None:
    """Why every handshake with a pair that loads fails all the same; None when it does not."""
    leaf = certificates[0]
    if leaf.key_type in _UNSIGNABLE:
        return f"the leaf's key is {leaf.key_type}: proxies offer no signature algorithm for it"
    usages = leaf.extensions.key_usages
    if usages is not None and "digitalSignature" not in usages:
        return "the leaf's key usage lacks digitalSignature, which TLS 1.3 asks for"
    if _size(certificates) > _LARGEST_MESSAGE:
        return f"{len(certificates)} certificates are more than a TLS message holds"
    return None


def handshake_symptom(leaf: Certificate) -> str:
    """What the other end says then; empty where it only ends the connection."""
    if leaf.key_type in _UNSIGNABLE:
        return "HANDSHAKE FAILURE"
    usages = leaf.extensions.key_usages
    return "KEY USAGE BIT INCORRECT" if usages is not None and "digitalSignature" not in usages else ""


def client_refusal(certificates: Sequence[Certificate]) -> str | None:
    """Why a server cannot keep such a client in its session ticket, which fails the handshake."""
    if _LARGEST_TICKET < _size(certificates) < _NO_TICKET:
        return f"{len(certificates)} certificates are more than the server's session ticket holds"
    return None


def _size(certificates: Sequence[Certificate]) -> int:
    return sum(len(certificate.der) + _OVERHEAD for certificate in certificates)
