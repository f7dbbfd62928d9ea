import re
import traceback

import pytest
from cryptography.hazmat.primitives import serialization

from kubectl_mtls.certs.certificate import parse_certificates
from kubectl_mtls.certs.issue import issue, new_key
from kubectl_mtls.certs.pem import write_block
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


_RSA = new_key("RSA 2048")


def _rsa(**changes: int) -> bytes:
    """An RSA key in PKCS #1 with some of its numbers changed."""
    numbers = _RSA.private_numbers()
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    names = ("d", "p", "q", "dmp1", "dmq1", "iqmp")
    values = {"n": n, "e": e, **{name: getattr(numbers, name) for name in names}, **changes}
    content = b"".join(map(_integer, (0, values["n"], values["e"], *(values[name] for name in names))))
    return write_block("RSA PRIVATE KEY", _element(b"\x30", content))


def _integer(number: int) -> bytes:
    return _element(b"\x02", number.to_bytes(number.bit_length() // 8 + 1))


def _element(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2)
    return tag + length + content


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, KeyState.GOOD),
        ({"d": 5}, KeyState.UNREADABLE),
        ({"p": 15}, KeyState.UNREADABLE),
        ({"q": 1}, KeyState.UNREADABLE),
        ({"dmp1": 7}, KeyState.UNREADABLE),
        ({"dmq1": 7}, KeyState.UNREADABLE),
        ({"iqmp": 7}, KeyState.UNREADABLE),
        ({"e": 3}, KeyState.UNREADABLE),
    ],
    ids=str,
)
def test_the_numbers_of_an_rsa_key_have_to_be_those_of_one_key(changes: dict[str, int], state: KeyState):
    assert read_private_key(_rsa(**changes)).state is state


def test_a_huge_key_is_not_searched_for_primes():
    """Numbers that hold together without being primes: whoever looks for primes refuses them, after a while."""
    p, q = 2**8191 + 1, 2**8192 - 3
    d = pow(65537, -1, (p - 1) * (q - 1))
    parts = {"n": p * q, "p": p, "q": q, "d": d, "dmp1": d % (p - 1), "dmq1": d % (q - 1), "iqmp": pow(q, -1, p)}
    assert read_private_key(_rsa(**parts)).key_type == "RSA 16383"


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
