"""Which kinds of keys Envoy loads: each limit seen on the real one."""

from dataclasses import replace

import pytest

from kubectl_mtls.certs.certificate import parse_certificates
from kubectl_mtls.certs.loading import weak_key
from tests.certs.pki import leaf


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("RSA 2047", True),
        ("RSA 2048", False),
        ("RSA 16384", False),
        ("RSA 16385", True),
        ("ECDSA P-224", True),
        ("ECDSA P-256", False),
        ("ECDSA secp256k1", True),
        ("Ed25519", False),
        ("unknown", True),
    ],
)
def test_keys_of_these_kinds_and_sizes_are_loaded(kind: str, refused: bool):
    (certificate,), _ = parse_certificates(leaf().pem)
    assert (weak_key(replace(certificate, key_type=kind)) is not None) is refused
