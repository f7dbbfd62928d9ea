"""Certificates of our own making, for examples, the demo and tests. The only place with randomness.

Every field has a default; a caller names only what it breaks. Keys are EC P-256 unless asked otherwise.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubectl_mtls.certs.pem import write_block

KeyKind = Literal["P-256", "P-384", "P-521", "RSA 2048", "RSA 1024", "Ed25519"]
_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
_EXTENDED = {
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "anyExtendedKeyUsage": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
_FLAGS = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key. `chain` are the certificates of its issuers below the root, nearest first."""

    certificate: x509.Certificate = field(repr=False)
    key: _PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return _pem(self.certificate)

    @property
    def chain_pem(self) -> bytes:
        """The certificate and its intermediates: what belongs into tls.crt."""
        return b"".join(map(_pem, (self.certificate, *self.chain)))

    def key_pem(self, passphrase: bytes | None = None) -> bytes:
        """The private key in PKCS #8, encrypted when there is a passphrase."""
        encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def issue(
    common_name: str,
    now: datetime,
    issuer: Issued | None = None,
    *,
    is_ca: bool = False,
    path_length: int | None = None,
    lifetime: timedelta = timedelta(days=90),
    age: timedelta = timedelta(days=1),
    sans: tuple[str, ...] = (),
    usages: tuple[str, ...] | None = None,
    extended_usages: tuple[str, ...] | None = None,
    key: KeyKind | _PrivateKey = "P-256",
    serial: int | None = None,
    digest: hashes.HashAlgorithm | None = None,
    has_key_ids: bool = True,
) -> Issued:
    """A certificate, self-signed without `issuer`. It began `age` before `now` and lasts `lifetime` from there.

    `sans` carry their kind in front (`DNS:`, `URI:`, `IP:`, `email:`). `usages` None are the usual ones, `()` leaves
    the extension out; so for `extended_usages`.
    """
    own_key = new_key(key) if isinstance(key, str) else key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
    start = now.replace(microsecond=0) - age
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own_key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lifetime)
    )
    for extension, critical in _extensions(own_key, issuer, is_ca, path_length, sans, usages, extended_usages):
        if has_key_ids or not isinstance(extension, x509.SubjectKeyIdentifier | x509.AuthorityKeyIdentifier):
            is_critical = critical or (isinstance(extension, x509.SubjectAlternativeName) and not common_name)
            builder = builder.add_extension(extension, is_critical)
    signer = issuer.key if issuer else own_key
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
    certificate = builder.sign(signer, algorithm)  # type: ignore[arg-type]  # Literal of the stub is narrower than the call
    above = (
        (issuer.certificate, *issuer.chain)
        if issuer and issuer.certificate.issuer != issuer.certificate.subject
        else ()
    )
    return Issued(certificate, own_key, above)


def issue_root(now: datetime, common_name: str = "Example Root", lifetime: timedelta = timedelta(days=3650)) -> Issued:
    """A root."""
    return issue(common_name, now, is_ca=True, lifetime=lifetime)


def issue_intermediate(
    now: datetime, issuer: Issued, common_name: str = "Example Issuing CA", lifetime: timedelta = timedelta(days=730)
) -> Issued:
    """A CA under another."""
    return issue(common_name, now, issuer, is_ca=True, path_length=0, lifetime=lifetime)


def issue_workload(
    now: datetime,
    issuer: Issued,
    namespace: str = "default",
    service_account: str = "default",
    trust_domain: str = "cluster.local",
    lifetime: timedelta = timedelta(hours=24),
) -> Issued:
    """What istiod issues: no subject, one SPIFFE ID, for both ends of a connection."""
    identity = f"URI:spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}"
    return issue("", now, issuer, sans=(identity,), lifetime=lifetime, age=timedelta(minutes=2))


def new_key(kind: KeyKind) -> _PrivateKey:
    """A fresh private key."""
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA ")))
    return ec.generate_private_key(_CURVES[kind])


def _extensions(
    key: _PrivateKey,
    issuer: Issued | None,
    is_ca: bool,
    path_length: int | None,
    sans: tuple[str, ...],
    usages: tuple[str, ...] | None,
    extended_usages: tuple[str, ...] | None,
) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]
    if is_ca:
        found.append((x509.BasicConstraints(True, path_length), True))
    named = usages if usages is not None else ("keyCertSign", "cRLSign") if is_ca else ("digitalSignature",)
    if named:
        flags = {attribute: name in named for name, attribute in _FLAGS.items()}
        found.append((x509.KeyUsage(**flags), True))
    extended = extended_usages if extended_usages is not None else () if is_ca else ("serverAuth", "clientAuth")
    if extended:
        found.append((x509.ExtendedKeyUsage([_EXTENDED[name] for name in extended]), False))
    if issuer:
        found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False))
    if sans:
        found.append((x509.SubjectAlternativeName([_general_name(san) for san in sans]), False))
    return found


def _general_name(san: str) -> x509.GeneralName:
    kind, _, value = san.partition(":")
    match kind:
        case "DNS":
            return x509.DNSName(value)
        case "URI":
            return x509.UniformResourceIdentifier(value)
        case "IP":
            return x509.IPAddress(ip_address(value))
        case "email":
            return x509.RFC822Name(value)
    raise ValueError(f"{kind} is no kind of alternative name")


def _pem(certificate: x509.Certificate) -> bytes:
    return write_block("CERTIFICATE", certificate.public_bytes(serialization.Encoding.DER))
