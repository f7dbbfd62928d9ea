import re
import traceback

import pytest
from cryptography.hazmat.primitives import serialization

from kubectl_mtls.certs.certificate import parse_certificates
from kubectl_mtls.certs.issue import issue, new_key
from kubectl_mtls.certs.private_key import KeyState, key_matches, public_fingerprint, read_private_key
from tests.certs.pki import NOW, intermediate, leaf

_KEY = leaf().key_pem()
_SEC1 = leaf().key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
_OLD_ENCRYPTED = leaf().key.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.BestAvailableEncryption(b"hunter2"),
)
_PUBLIC = (
    leaf().key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)


@pytest.mark.parametrize(
    ("data", "state", "matches"),
    [
        pytest.param(_KEY, KeyState.GOOD, True, id="PKCS 8"),
        pytest.param(_SEC1, KeyState.GOOD, True, id="SEC 1"),
        pytest.param(leaf().pem + _KEY, KeyState.GOOD, True, id="behind a certificate"),
        pytest.param(intermediate().key_pem(), KeyState.GOOD, False, id="of another certificate"),
        pytest.param(intermediate().key_pem() + _KEY, KeyState.GOOD, False, id="the first of two counts"),
        pytest.param(None, KeyState.ABSENT, None, id="absent"),
        pytest.param(b"", KeyState.EMPTY, None, id="empty"),
        pytest.param(leaf().key_pem(b"hunter2"), KeyState.ENCRYPTED, None, id="encrypted"),
        pytest.param(_OLD_ENCRYPTED, KeyState.ENCRYPTED, None, id="encrypted in the old way"),
        pytest.param(_PUBLIC, KeyState.NO_BLOCK, None, id="a public key"),
        pytest.param(leaf().pem, KeyState.NO_BLOCK, None, id="a certificate"),
        pytest.param(_KEY[:-10], KeyState.DAMAGED, None, id="cut off"),
        pytest.param(_KEY.replace(b"PRIVATE", b"RSA PRIVATE"), KeyState.MISLABELLED, True, id="label of another kind"),
        pytest.param(_SEC1.replace(b"EC PRIVATE", b"PRIVATE"), KeyState.MISLABELLED, True, id="label of another form"),
        pytest.param(b"\xef\xbb\xbf" + _KEY, KeyState.MARKED, True, id="behind a byte order mark"),
        pytest.param(
            b"-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n", KeyState.UNREADABLE, None, id="x"
        ),
    ],
)
def test_the_state_of_a_key_is_told(data, state, matches):
    (certificate, *_), _ = parse_certificates(leaf().pem)
    facts = read_private_key(data)
    assert (facts.state, key_matches(certificate, facts)) == (state, matches)
    assert facts.description


def test_a_snapshots_stand_in_gives_the_same_facts():
    for data in (_KEY, leaf().key_pem(b"hunter2"), _KEY[:-10], b""):
        facts = read_private_key(data)
        assert read_private_key(facts.stand_in()) == facts


def test_the_public_fingerprint_is_that_of_the_certificate():
    (certificate,), _ = parse_certificates(leaf().pem)
    assert read_private_key(_KEY).public_fingerprint == public_fingerprint(certificate)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA 2048", "Ed25519"])
def test_every_kind_of_key_is_matched(kind):
    made = issue("x", NOW, key=new_key(kind))
    (certificate,), _ = parse_certificates(made.pem)
    facts = read_private_key(made.key_pem())
    assert key_matches(certificate, facts)
    assert facts.key_type == certificate.key_type


def test_no_error_and_no_repr_holds_bytes_of_the_key():
    lines = [line for line in _KEY.decode().splitlines() if not line.startswith("-")]
    for damage in (_KEY[:150], _KEY.replace(b"M", b"N", 1), _KEY.replace(b"PRIVATE", b"DSA PRIVATE"), _KEY * 2):
        facts = read_private_key(damage)
        shown = f"{facts!r} {facts.description} {facts.stand_in()!r} {traceback.format_stack()}"
        assert not any(line[at : at + 20] in shown for line in lines for at in range(len(line) - 20))
        assert not re.search("-----BEGIN", shown)
