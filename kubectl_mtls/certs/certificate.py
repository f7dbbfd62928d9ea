"""What a certificate says, as values: RFC 5280 section 4, read as leniently as Envoy and Go read it.

Odd but parseable certificates (names in T61, negative serials, an extension twice) are shown, not refused.
"""

import codecs
import functools
import hashlib
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from kubectl_mtls.certs.der import elements
from kubectl_mtls.certs.extensions import Extensions, read_extensions
from kubectl_mtls.certs.loaded import load_mended
from kubectl_mtls.certs.name import Name, parse_name
from kubectl_mtls.certs.pem import Block, read_blocks
from kubectl_mtls.certs.spiffe import ForeignSpiffeId, SpiffeId, parse_spiffe_id

CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}
_SIGNATURES = {
    "1.2.840.113549.1.1.4": "RSA with MD5",
    "1.2.840.113549.1.1.5": "RSA with SHA-1",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.113549.1.1.11": "RSA with SHA-256",
    "1.2.840.113549.1.1.12": "RSA with SHA-384",
    "1.2.840.113549.1.1.13": "RSA with SHA-512",
    "1.2.840.10045.4.1": "ECDSA with SHA-1",
    "1.2.840.10045.4.3.2": "ECDSA with SHA-256",
    "1.2.840.10045.4.3.3": "ECDSA with SHA-384",
    "1.2.840.10045.4.3.4": "ECDSA with SHA-512",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
SIGNATURE_ALGORITHMS = tuple(_SIGNATURES.values())
_MOST_KEPT = 16_384

BYTE_ORDER_MARK = "the text begins with a byte order mark: proxies miss the first block"
NEVER_BEGINS = datetime.max.replace(tzinfo=UTC, microsecond=0)
HAS_ENDED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. Times are aware UTC; `serial` is lower hexadecimal with a minus where it is negative.

    A time that cannot be read is NEVER_BEGINS or HAS_ENDED: such a certificate is never valid.
    `sha256` is that of the encoding. `self_issued`: subject and issuer are the same name. `self_signed` as BoringSSL
    decides it (EXFLAG_SS): also the key identifiers agree and the key may sign certificates; no signature is checked.
    """

    sha256: str
    subject: Name
    issuer: Name
    serial: str
    not_before: datetime
    not_after: datetime
    key_type: str
    signature_algorithm: str
    version: int
    extensions: Extensions = field(repr=False)
    der: bytes = field(repr=False)

    @property
    def sans(self) -> tuple[str, ...]:
        """The alternative names, each with its kind in front."""
        return self.extensions.sans

    @property
    def spiffe_ids(self) -> tuple[SpiffeId | ForeignSpiffeId, ...]:
        """The SPIFFE IDs among the alternative names."""
        uris = (san.removeprefix("URI:") for san in self.sans if san.startswith("URI:"))
        return tuple(identity for uri in uris if (identity := parse_spiffe_id(uri)))

    @property
    def is_ca(self) -> bool:
        """Whether basicConstraints say so."""
        return self.extensions.is_ca is True

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return self.subject.canonical == self.issuer.canonical

    @property
    def self_signed(self) -> bool:
        """Whether it counts as its own issuer."""
        usages = self.extensions.key_usages
        return self.self_issued and names_key_of(self, self) and (usages is None or "keyCertSign" in usages)

    @property
    def has_dates(self) -> bool:
        """Whether both ends of its time can be read."""
        return self.not_before != NEVER_BEGINS and self.not_after != HAS_ENDED

    def valid_at(self, now: datetime) -> bool:
        """Whether `now` lies in its time; the very end counts as expired, as for Envoy and OpenSSL."""
        return self.not_before <= now < self.not_after


@dataclass(frozen=True, slots=True)
class CertificateProblem:
    """A block that Envoy cannot take. `index` counts certificate blocks, good and bad; `line` counts from 1."""

    index: int
    line: int
    message: str


def names_key_of(child: Certificate, issuer: Certificate) -> bool:
    """Whether the child's authority key identifier fits the issuer, or does not say (X509_check_akid)."""
    key_id, serial = child.extensions.authority_key_id, child.extensions.authority_serial
    has_key_id = issuer.extensions.subject_key_id
    if key_id is not None and has_key_id is not None and key_id != has_key_id:
        return False
    return serial is None or hexadecimal(serial) == issuer.serial


def parse_certificates(data: bytes) -> tuple[tuple[Certificate, ...], tuple[CertificateProblem, ...]]:
    """The certificates of a PEM text in file order, and what in it Envoy cannot read: then it takes nothing of it.

    A certificate may be readable for OpenSSL and Go and a problem for Envoy: then it is in both.
    """
    certificates: list[Certificate] = []
    problems: list[CertificateProblem] = []
    if data.startswith(codecs.BOM_UTF8):
        problems.append(CertificateProblem(0, 1, BYTE_ORDER_MARK))
        data = data.removeprefix(codecs.BOM_UTF8)
    blocks = [block for block in read_blocks(data) if block.label in CERTIFICATE_LABELS or block.problem]
    for index, block in enumerate(blocks):
        certificate = None if block.problem else parse_certificate(block.content)
        if certificate:
            certificates.append(certificate)
        if problem := _problem(block, certificate):
            problems.append(CertificateProblem(index, block.line, problem))
    return tuple(certificates), tuple(problems)


@functools.lru_cache(maxsize=_MOST_KEPT)
def parse_certificate(der: bytes) -> Certificate | None:
    """The certificate at the beginning of a piece of DER; None when there is none. Never raises.

    The same one for the same bytes: a chain is looked at from many sides, and Secrets share their issuers.
    """
    try:
        whole = next(elements(der)).whole
        loaded, mended = load_mended(whole)
        issuer, subject = _raw_names(whole)
        return Certificate(
            sha256=hashlib.sha256(whole).hexdigest(),
            subject=parse_name(subject),
            issuer=parse_name(issuer),
            serial=hexadecimal(_quietly(loaded, "serial_number")),
            not_before=NEVER_BEGINS
            if mended and mended.begins_unknown
            else loaded.not_valid_before_utc.astimezone(UTC),
            not_after=HAS_ENDED if mended and mended.ends_unknown else loaded.not_valid_after_utc.astimezone(UTC),
            key_type=_key_type(loaded),
            signature_algorithm=_SIGNATURES.get(
                loaded.signature_algorithm_oid.dotted_string, loaded.signature_algorithm_oid.dotted_string
            ),
            version=3 if loaded.version is x509.Version.v3 else 1,
            extensions=read_extensions(loaded),
            der=whole,
        )
    except (ValueError, StopIteration, OverflowError):
        return None


def hexadecimal(number: int) -> str:
    """Lower hexadecimal digits, a minus in front of a negative number."""
    return f"{number:x}"


def _problem(block: Block, certificate: Certificate | None) -> str | None:
    if block.problem:
        return f"the block {block.problem}"
    if certificate is None:
        return "the block holds no certificate"
    if not certificate.has_dates:
        return "the dates of the certificate are malformed"
    return "the block has headers, which proxies do not take" if block.headers else None


def _quietly(loaded: x509.Certificate, attribute: str) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return int(getattr(loaded, attribute))


def _raw_names(der: bytes) -> tuple[bytes, bytes]:
    """The encoded issuer and subject."""
    (certificate,) = elements(der)
    fields = list(certificate.children()[0].children())
    if fields[0].tag == 0xA0:
        fields.pop(0)
    return fields[2].whole, fields[4].whole


def _key_type(loaded: x509.Certificate) -> str:
    try:
        key = loaded.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "unknown"
    return key_type(key)


def key_type(key: object) -> str:
    """A public key in two words: `ECDSA P-256`, `RSA 2048`, `Ed25519`."""
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"ECDSA {_CURVES.get(key.curve.name, key.curve.name)}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
    return "unknown"
