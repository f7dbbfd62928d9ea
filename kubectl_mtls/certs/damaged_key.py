"""Whose is a private key that does not hold together: a bit of it was lost, and cryptography refuses the whole.

OpenSSL takes the public half of an RSA key as it is stated (RFC 8017 A.1.2); Go takes nothing but the number of an EC
key (RFC 5915) and computes the rest.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kubectl_mtls.certs.der import OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Element, elements, oid_text

_INTEGER, _PARAMETERS = 0x02, 0xA0
_CURVES: dict[str, ec.EllipticCurve] = {
    "1.2.840.10045.3.1.7": ec.SECP256R1(),
    "1.3.132.0.34": ec.SECP384R1(),
    "1.3.132.0.35": ec.SECP521R1(),
}


def holds_together(numbers: rsa.RSAPrivateNumbers) -> bool:
    """Whether the numbers of an RSA key are those of one key, as BoringSSL asks (RSA_check_key).

    cryptography's own check also looks for primes, which takes many seconds for a key of 8,192 bits.
    """
    public, p, q, d = numbers.public_numbers, numbers.p, numbers.q, numbers.d
    return (
        min(p, q) > 1
        and p * q == public.n
        and all(d * public.e % (prime - 1) == 1 for prime in (p, q))
        and (numbers.dmp1, numbers.dmq1) == (d % (p - 1), d % (q - 1))
        and numbers.iqmp * q % p == 1
    )


def stated_public_key(der: bytes) -> rsa.RSAPublicKey | None:
    """The public half that an RSA key states; None when it is no RSA key. Never raises."""
    try:
        numbers = [part for part in _inner(der)[0] if part.tag == _INTEGER]
        if len(numbers) < 9:
            return None
        modulus, exponent = (int.from_bytes(part.content) for part in numbers[1:3])
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm, OverflowError, StopIteration):
        return None


def computed_public_key(der: bytes) -> ec.EllipticCurvePublicKey | None:
    """The public half that follows from the number of an EC key; None when it is no such key. Never raises."""
    try:
        parts, curve = _inner(der)
        if curve is None or len(parts) < 2 or parts[1].tag != OCTET_STRING:
            return None
        return ec.derive_private_key(int.from_bytes(parts[1].content), curve).public_key()
    except (ValueError, UnsupportedAlgorithm, OverflowError, StopIteration):
        return None


def _inner(der: bytes) -> tuple[tuple[Element, ...], ec.EllipticCurve | None]:
    """The parts of the key itself, out of its PKCS #8 wrapping where it has one, and its curve. Raises ValueError."""
    parts = next(elements(der)).children()
    if len(parts) > 2 and parts[1].tag == SEQUENCE and parts[2].tag == OCTET_STRING:
        return next(elements(parts[2].content)).children(), _curve(parts[1].children())
    named = [part for part in parts if part.tag == _PARAMETERS]
    return parts, _curve(named[0].children()) if named else None


def _curve(parts: tuple[Element, ...]) -> ec.EllipticCurve | None:
    names = (oid_text(part.content) for part in parts if part.tag == OBJECT_IDENTIFIER)
    return next((_CURVES[name] for name in names if name in _CURVES), None)
