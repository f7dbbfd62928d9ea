"""In what state is a private key, and whose key is it. The key itself never leaves this file.

Everything that touches the key's bytes is inside `read_private_key`; library exceptions end there (their texts and
frames could hold bytes of the key). What is known of a key afterwards is its public half. Which block counts:
BoringSSL's PEM_read_bio_PrivateKey takes the first one with a label of a private key and stops at a damaged one.
"""

import codecs
import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from kubectl_mtls.certs.certificate import Certificate, key_type
from kubectl_mtls.certs.damaged_key import holds_together, stated_public_key
from kubectl_mtls.certs.loaded import load
from kubectl_mtls.certs.pem import Block, read_blocks

_LABELS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")
_STAND_IN = re.compile(rb"withheld private key state=([a-z-]+) type=([A-Za-z0-9 -]*) public-sha256=([0-9a-f]*)\n")
_PublicKey = (
    rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey | dsa.DSAPublicKey
)


class KeyState(StrEnum):
    """What a proxy can do with a key."""

    GOOD = "good"
    ABSENT = "absent"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    NO_BLOCK = "no-block"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    MISLABELLED = "mislabelled"
    MARKED = "byte-order-mark"


_SENTENCES = {
    KeyState.GOOD: "the private key is readable",
    KeyState.ABSENT: "there is no private key",
    KeyState.EMPTY: "the private key is empty",
    KeyState.ENCRYPTED: "the private key is encrypted with a passphrase, which proxies cannot open",
    KeyState.NO_BLOCK: "there is no PEM block of a private key",
    KeyState.DAMAGED: "the PEM block of the private key is damaged",
    KeyState.UNREADABLE: "the PEM block of the private key holds no key that can be read",
    KeyState.MISLABELLED: "the PEM label of the private key is of another kind of key, which proxies do not take",
    KeyState.MARKED: "the private key begins with a byte order mark, which proxies do not skip",
}


@dataclass(frozen=True, slots=True)
class PrivateKeyFacts:
    """What may be known of a private key. `public_fingerprint` is the SHA-256 of its public half (SPKI), in hex."""

    state: KeyState
    key_type: str | None = None
    public_fingerprint: str | None = None

    @property
    def usable(self) -> bool:
        """Whether a proxy can load it."""
        return self.state is KeyState.GOOD

    @property
    def description(self) -> str:
        """One sentence for people."""
        if self.state is KeyState.GOOD and self.key_type:
            return f"{_SENTENCES[self.state]} ({self.key_type})"
        return _SENTENCES[self.state]

    def stand_in(self) -> bytes:
        """What a snapshot holds instead of the key: `read_private_key` gives the same facts for it."""
        return (
            f"withheld private key state={self.state} type={self.key_type or ''} "
            f"public-sha256={self.public_fingerprint or ''}\n"
        ).encode()


NO_KEY = PrivateKeyFacts(KeyState.ABSENT)


def read_private_key(data: bytes | None, passphrase: bytes | None = None) -> PrivateKeyFacts:
    """The facts of the private key in a PEM text (or in a snapshot's stand-in for it). Never raises.

    An encrypted key stays one that proxies cannot open; the passphrase only tells whose key it is.
    """
    if data is None:
        return NO_KEY
    if not data:
        return PrivateKeyFacts(KeyState.EMPTY)
    if withheld := _STAND_IN.fullmatch(data):
        state, kind, fingerprint = (group.decode() for group in withheld.groups())
        return PrivateKeyFacts(
            KeyState(state) if state in list(KeyState) else KeyState.UNREADABLE, kind or None, fingerprint or None
        )
    if data.startswith(codecs.BOM_UTF8):
        facts = _read_pem(data.removeprefix(codecs.BOM_UTF8), passphrase)
        return replace(facts, state=KeyState.MARKED) if facts.usable else facts
    return _read_pem(data, passphrase)


def key_matches(certificate: Certificate | None, key: PrivateKeyFacts) -> bool | None:
    """Whether the key is the certificate's; None when one of them cannot be read."""
    if certificate is None or key.public_fingerprint is None:
        return None
    fingerprint = public_fingerprint(certificate)
    return None if fingerprint is None else fingerprint == key.public_fingerprint


def public_fingerprint(certificate: Certificate) -> str | None:
    """SHA-256 of the certificate's public key (SPKI), in hex; None for a kind of key that we cannot read."""
    try:
        return fingerprint_of(load(certificate.der).public_key())
    except (ValueError, UnsupportedAlgorithm):
        return None


def read_der_private_key(der: bytes, passphrase: bytes | None = None) -> PrivateKeyFacts:
    """The facts of the private key in a piece of DER; its state is UNREADABLE when it is none."""
    public = _public_half(der, None)
    if public is not None:
        return facts_of(public)
    return _opened(der, passphrase) if passphrase else PrivateKeyFacts(KeyState.UNREADABLE)


def facts_of(public: object) -> PrivateKeyFacts:
    """The facts of a readable private key with this public half."""
    try:
        return PrivateKeyFacts(KeyState.GOOD, key_type(public), fingerprint_of(public))
    except UnsupportedAlgorithm:
        return PrivateKeyFacts(KeyState.UNREADABLE)


def _read_pem(data: bytes, passphrase: bytes | None) -> PrivateKeyFacts:
    for block in read_blocks(data):
        if block.problem:
            return PrivateKeyFacts(KeyState.DAMAGED)
        if block.label in _LABELS:
            return _read(block, passphrase)
    return PrivateKeyFacts(KeyState.NO_BLOCK)


def _read(block: Block, passphrase: bytes | None) -> PrivateKeyFacts:
    if block.label == "ENCRYPTED PRIVATE KEY":
        return _opened(block.content, passphrase)
    if any("ENCRYPTED" in header for header in block.headers):
        return PrivateKeyFacts(KeyState.ENCRYPTED)
    public = _public_half(block.content, None)
    if public is None:
        stated = stated_public_key(block.content)
        return replace(facts_of(stated), state=KeyState.UNREADABLE) if stated else PrivateKeyFacts(KeyState.UNREADABLE)
    state = KeyState.GOOD if _label_fits(block, public) else KeyState.MISLABELLED
    return PrivateKeyFacts(state, key_type(public), fingerprint_of(public))


def _opened(der: bytes, passphrase: bytes | None) -> PrivateKeyFacts:
    public = _public_half(der, passphrase) if passphrase else None
    if public is None:
        return PrivateKeyFacts(KeyState.ENCRYPTED)
    return PrivateKeyFacts(KeyState.ENCRYPTED, key_type(public), fingerprint_of(public))


def _public_half(der: bytes, passphrase: bytes | None) -> _PublicKey | None:
    try:
        key = serialization.load_der_private_key(der, password=passphrase, unsafe_skip_rsa_key_validation=True)
        public = key.public_key()
        if isinstance(key, rsa.RSAPrivateKey) and not holds_together(key.private_numbers()):
            return None
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError):
        return None
    return public if isinstance(public, _PublicKey) else None


def _label_fits(block: Block, public: _PublicKey) -> bool:
    """BoringSSL takes PKCS #8 under any label but holds the label against the kind of key; SEC 1 and PKCS #1 only
    under their own.
    """
    match block.label:
        case "RSA PRIVATE KEY":
            return isinstance(public, rsa.RSAPublicKey)
        case "EC PRIVATE KEY":
            return isinstance(public, ec.EllipticCurvePublicKey)
        case "DSA PRIVATE KEY":
            return isinstance(public, dsa.DSAPublicKey)
    return is_pkcs8(block.content)


def is_pkcs8(der: bytes) -> bool:
    """PKCS #8 has an AlgorithmIdentifier (a SEQUENCE) behind the version; the other forms have not."""
    return re.match(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...)\x02\x01[\x00\x01]\x30", der, re.DOTALL) is not None


def fingerprint_of(public: object) -> str:
    """SHA-256 of a public key (SPKI), in hex. Raises UnsupportedAlgorithm on what is none for TLS."""
    if not isinstance(public, _PublicKey):
        raise UnsupportedAlgorithm("a kind of key that certificates for TLS do not have")
    encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()
