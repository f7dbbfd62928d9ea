"""What a certificate signing request asks for (PKCS #10, RFC 2986)."""

import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from kubectl_mtls.certs.certificate import key_type
from kubectl_mtls.certs.extensions import written_names
from kubectl_mtls.certs.name import Name, parse_name
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.certs.private_key import fingerprint_of

REQUEST_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """One request. `signed`: made by who holds the private key. `public_fingerprint` as that of a private key."""

    subject: Name
    sans: tuple[str, ...]
    key_type: str
    public_fingerprint: str | None
    signed: bool


def parse_requests(data: bytes) -> tuple[CertificateRequest, ...]:
    """The readable requests of a PEM text, in order."""
    contents = (block.content for block in read_blocks(data) if block.label in REQUEST_LABELS and not block.problem)
    return tuple(request for content in contents if (request := parse_request(content)))


def parse_request(der: bytes) -> CertificateRequest | None:
    """The request in a piece of DER; None when it is none. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = x509.load_der_x509_csr(der)
            return CertificateRequest(
                subject=parse_name(loaded.subject.public_bytes()),
                sans=_sans(loaded),
                key_type=_key(loaded)[0],
                public_fingerprint=_key(loaded)[1],
                signed=_is_signed(loaded),
            )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _key(loaded: x509.CertificateSigningRequest) -> tuple[str, str | None]:
    try:
        key = loaded.public_key()
        return key_type(key), fingerprint_of(key)
    except (ValueError, UnsupportedAlgorithm):
        return "unknown", None


def _is_signed(loaded: x509.CertificateSigningRequest) -> bool:
    try:
        return loaded.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _sans(loaded: x509.CertificateSigningRequest) -> tuple[str, ...]:
    try:
        return written_names(loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
