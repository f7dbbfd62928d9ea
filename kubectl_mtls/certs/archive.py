"""What is in a PKCS #12 archive: certificates, and the facts of its private key.

RFC 7292. Java and Windows keep pairs in such files; proxies do not read them. The key itself stays in this file.
"""

import warnings
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from kubectl_mtls.certs.certificate import Certificate, parse_certificate
from kubectl_mtls.certs.der import OBJECT_IDENTIFIER, SEQUENCE, elements, oid_text
from kubectl_mtls.certs.private_key import NO_KEY, PrivateKeyFacts, facts_of

_VERSION_3 = b"\x02\x01\x03"
_SIGNED_DATA = "1.2.840.113549.1.7.2"


@dataclass(frozen=True, slots=True)
class Archive:
    """The opened archive; the certificate of its key comes first. `locked`: no passphrase that was tried opens it."""

    certificates: tuple[Certificate, ...] = ()
    key: PrivateKeyFacts = NO_KEY
    locked: bool = False


def is_archive(data: bytes) -> bool:
    """Whether this begins as PKCS #12: a sequence with version 3 and another sequence."""
    try:
        children = next(elements(data)).children()
    except (ValueError, StopIteration):
        return data[:1] == b"\x30" and _VERSION_3 + b"\x30" in data[2:10]  # BER of Java's keytool
    return len(children) > 1 and children[0].whole == _VERSION_3 and children[1].tag == SEQUENCE


def read_archive(data: bytes, passphrase: bytes | None) -> Archive:
    """Open it with the passphrase; without one with none and with the empty one, as many are written. Never raises."""
    for secret in (passphrase,) if passphrase is not None else (None, b""):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                opened = pkcs12.load_pkcs12(data, secret)
                held = [one.certificate for one in (opened.cert, *opened.additional_certs) if one]
                ders = [one.public_bytes(serialization.Encoding.DER) for one in held]
                facts = facts_of(opened.key.public_key()) if opened.key else NO_KEY
        except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError):
            continue
        return Archive(tuple(certificate for der in ders if (certificate := parse_certificate(der))), facts)
    return Archive(locked=True)


def read_signed_data(data: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PKCS #7 file (.p7b) in DER; none when it is no such file. Never raises."""
    try:
        first = next(elements(data)).children()[0]
        if first.tag != OBJECT_IDENTIFIER or oid_text(first.content) != _SIGNED_DATA:
            return ()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            held = pkcs7.load_der_pkcs7_certificates(data)
            ders = [one.public_bytes(serialization.Encoding.DER) for one in held]
    except (ValueError, TypeError, UnsupportedAlgorithm, StopIteration, IndexError):
        return ()
    return tuple(certificate for der in ders if (certificate := parse_certificate(der)))
