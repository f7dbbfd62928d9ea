"""The API server's own certificates: one CA for serving and for client certificates, and the token signing key."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.servers.process import LOOPBACK

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as objects and as the PEM texts that servers read."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return encode_key(self.key)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """The files `name.crt` and `name.key`, the key for its owner's eyes only."""
        certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
        certificate.write_bytes(self.certificate_pem)
        key.touch(mode=0o600)
        key.write_bytes(self.key_pem)
        return certificate, key


def encode_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PEM in SEC 1 form: the API server finds no public key in a PKCS#8 file of an EC key."""
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)


def make_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key: fast to make, and every part of the harness takes it."""
    return ec.generate_private_key(ec.SECP256R1())


def issue_ca(common_name: str) -> Pair:
    """A self-signed CA with all that Python 3.13's strict checks ask for."""
    key = make_key()
    subject = _name(common_name)
    builder = _builder(subject, subject, key, key).add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    return Pair(builder.add_extension(_usage(is_ca=True), True).sign(key, hashes.SHA256()), key)


def issue_serving(ca: Pair) -> Pair:
    """What the server shows on loopback."""
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))]
    return _issue_leaf(ca, _name("kube-apiserver"), ExtendedKeyUsageOID.SERVER_AUTH, names)


def issue_client(ca: Pair, user: str, groups: tuple[str, ...]) -> Pair:
    """A client certificate as Kubernetes reads it: the user is the common name, groups are organizations."""
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return _issue_leaf(ca, _name(user, *organizations), ExtendedKeyUsageOID.CLIENT_AUTH, [])


def _issue_leaf(ca: Pair, subject: x509.Name, use: x509.ObjectIdentifier, names: list[x509.GeneralName]) -> Pair:
    key = make_key()
    builder = _builder(subject, ca.certificate.subject, key, ca.key)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_usage(is_ca=False), True).add_extension(x509.ExtendedKeyUsage([use]), False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return Pair(builder.sign(ca.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(authority, False)
    )


def _name(common_name: str, *others: x509.NameAttribute[str]) -> x509.Name:
    return x509.Name([*others, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
