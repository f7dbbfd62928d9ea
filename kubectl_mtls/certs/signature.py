"""Did this key sign that certificate, in the eyes of BoringSSL.

SHA-1 counts, MD5 and the curve secp256k1 do not; RSA of any size does.
"""

import functools

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.loaded import load

_CURVES = ("secp224r1", "secp256r1", "secp384r1", "secp521r1")


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the certificate's signature is the issuer's. Names are not compared."""
    return _signed(certificate.der, issuer.der, True)


def signature_symptom(issuer: Certificate) -> str:
    """What a proxy says of a signature that it does not accept."""
    is_known = issuer.key_type != "ECDSA secp256k1"
    return "certificate signature failure" if is_known else "unable to decode issuer public key"


def signed_for_openssl(certificate: Certificate, issuer: Certificate) -> bool:
    """The same in the eyes of OpenSSL, which takes MD5 and every curve."""
    return _signed(certificate.der, issuer.der, False)


@functools.lru_cache(maxsize=16_384)
def _signed(der: bytes, issuer: bytes, is_strict: bool) -> bool:
    """Kept: one signature is asked about in both roles, for both engines, and for every Secret with that issuer."""
    return _fits(load(der), issuer, is_strict=is_strict)


def signature_fits(signed: x509.CertificateRevocationList, issuer: Certificate) -> bool:
    """Whether the issuer's key made the signature under a CRL."""
    return _fits(signed, issuer.der, is_strict=True)


def _fits(signed: x509.Certificate | x509.CertificateRevocationList, issuer: bytes, *, is_strict: bool) -> bool:
    body = signed.tbs_certificate_bytes if isinstance(signed, x509.Certificate) else signed.tbs_certlist_bytes
    try:
        digest = signed.signature_hash_algorithm
        key = load(issuer).public_key()
        if is_strict and isinstance(digest, hashes.MD5):
            return False
        match key:
            case rsa.RSAPublicKey() if digest is not None:
                scheme = signed.signature_algorithm_parameters or padding.PKCS1v15()  # it knows no MD5
                if not isinstance(scheme, padding.PSS | padding.PKCS1v15):
                    return False
                key.verify(signed.signature, body, scheme, digest)
            case ec.EllipticCurvePublicKey() if digest is not None:
                if is_strict and key.curve.name not in _CURVES:
                    return False
                key.verify(signed.signature, body, ec.ECDSA(digest))
            case ed25519.Ed25519PublicKey():
                key.verify(signed.signature, body)
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
