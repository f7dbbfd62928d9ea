"""What a snapshot keeps of a Secret: the same verdicts, and never a byte of a key in any encoding."""

import base64
import re

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.issue import issue
from kubectl_mtls.certs.pem import read_blocks, write_block
from kubectl_mtls.certs.withhold import withhold_text, withhold_value
from tests.certs.pki import DAY, NOW, data, intermediate, leaf, other_root, root, secret

KEY = leaf().key_pem()
KEY_DER = base64.b64decode(b"".join(KEY.splitlines()[1:-1]))
SCALAR = leaf().key.private_numbers().private_value.to_bytes(32)
RSA = issue("cart", NOW, intermediate(), sans=("DNS:x",), key="RSA 2048")
BOM = b"\xef\xbb\xbf"
_RUN = 12


def encodings(content: bytes) -> list[bytes]:
    """The bytes as people write bytes: raw, hexadecimal, base64 at every offset, once more, decimal, reversed."""
    forms = [content, content.hex().encode(), content.hex().upper().encode(), content[::-1]]
    forms += [base64.b64encode(content[offset:]) for offset in range(3)]
    forms += [base64.b64encode(base64.b64encode(content[offset:])) for offset in range(3)]
    return [*forms, str(int.from_bytes(content)).encode()]


def runs(content: bytes) -> set[bytes]:
    return {form[at : at + _RUN] for form in encodings(content) for at in range(len(form) - _RUN)}


SECRETS = runs(SCALAR)


def assert_clean(kept: bytes) -> None:
    seen = kept + b"".join(base64.b64decode(part + b"==") for part in re.findall(rb"[A-Za-z0-9+/]{40,}", kept))
    joined = seen.replace(b"\n", b"")
    assert not [one for one in SECRETS if one in seen or one in joined]


def verdict(inspection: Inspection) -> object:
    certificates = [one.certificate.sha256 for one in inspection.certificates if not one.data_key.endswith("key")]
    roles = (inspection.client.ok, inspection.server.ok, inspection.signing.ok)
    return roles, inspection.key_matches, inspection.istiod.accepted, certificates, inspection.key


def kept(values: dict[str, bytes]) -> dict[str, bytes]:
    return {key: withhold_value(key, value) for key, value in values.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tls_key": other_root().key_pem()},
        {"tls_key": leaf().key_pem(b"secret")},
        {"tls_key": b""},
        {"tls_key": b"hunter2"},
        {"tls_key": BOM + KEY},
        {"tls_key": KEY_DER},
        {"tls_key": base64.b64encode(KEY)},
        {"tls_key": KEY[:-20]},
        {"tls_crt": leaf().pem},
        {"tls_crt": KEY + leaf().chain_pem},
        {"tls_crt": leaf().chain_pem + KEY},
        {"tls_crt": KEY},
        {"tls_crt": KEY_DER},
        {"tls_crt": BOM + leaf().chain_pem},
        {"tls_crt": leaf().chain_pem.replace(b"\n", b"\r\n")},
        {"tls_crt": b"subject=cart\n" + leaf().chain_pem},
        {"tls_crt": write_block("CERTIFICATE", KEY_DER) + leaf().chain_pem},
        {"tls_crt": write_block("CERTIFICATE", base64.b64decode(b"".join(leaf().pem.splitlines()[1:-1])) + KEY_DER)},
        {"tls_crt": leaf().pem.replace(b"-----END CERTIFICATE-----", KEY)},
        {"tls_crt": b"-----BEGIN CERTIFICATE-----\nX: " + base64.b64encode(SCALAR) + b"\n\n" + leaf().pem[28:]},
        {"ca_crt": root().pem + KEY},
        {"ca_crt": root().pem + b"-----BEGIN PRIVATE KEY-----\n" + KEY.splitlines()[1]},
        {"note": SCALAR},
        {"combined.pem": KEY + leaf().chain_pem},
        {"cert": leaf().pem, "key": KEY},
    ],
    ids=range(26),
)
def test_the_verdict_stays_and_the_key_goes(changes: dict[str, bytes]):
    values = data(**changes)
    left = kept(values)
    assert verdict(inspect(secret(left), None, NOW)) == verdict(inspect(secret(values), None, NOW))
    assert_clean(b"\n".join(left.values()))
    assert kept(left) == left


@pytest.mark.parametrize("name", ["cacerts", "istio-ca-secret"])
def test_a_signing_ca_is_loaded_or_not_as_before(name: str):
    ca = intermediate()
    pem = ca.pem if name == "cacerts" else root().pem
    key = (ca if name == "cacerts" else root()).key_pem()
    values = {"ca-cert.pem": pem, "ca-key.pem": key, "cert-chain.pem": ca.chain_pem, "root-cert.pem": root().pem}
    before = inspect(secret(values, name, "istio-system"), None, NOW)
    assert verdict(inspect(secret(kept(values), name, "istio-system"), None, NOW)) == verdict(before)
    assert before.istiod.accepted is True
    later = inspect(secret(kept(values), name, "istio-system"), None, NOW + 9000 * DAY)
    assert later.istiod.accepted is False


@pytest.mark.parametrize("form", ["TraditionalOpenSSL", "PKCS8", "OpenSSH"])
@pytest.mark.parametrize("key", [leaf().key, RSA.key], ids=["ECDSA", "RSA"])
def test_every_form_of_a_key_is_withheld_wherever_it_stands(key, form: str):
    pem = key.private_bytes(
        serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), serialization.NoEncryption()
    )
    for value in (pem, b"  " + pem.replace(b"\n", b"\n  "), base64.b64encode(pem), pem.replace(b"\n", b"\\n")):
        for data_key in ("tls.crt", "tls.key", "ca.crt", "note"):
            left = withhold_value(data_key, value)
            assert not [line for line in pem.splitlines()[1:-1] if line in left]
            assert_clean(left)


def test_what_follows_a_certificate_in_its_block_goes_and_lines_stay():
    der = base64.b64decode(b"".join(leaf().pem.splitlines()[1:-1]))
    text = base64.b64encode(der + KEY_DER)
    lines = [b"-----BEGIN CERTIFICATE-----", text[:200], b"", text[200:], b"-----END CERTIFICATE-----", root().pem]
    left = withhold_text(b"\n".join(lines))
    assert_clean(left)
    assert [len(line) for line in left.split(b"\n")] == [len(line) for line in b"\n".join(lines).split(b"\n")]
    assert [block.line for block in read_blocks(left)] == [1, 6]


_PARTS = st.sampled_from(
    [
        KEY,
        leaf().pem,
        root().pem,
        KEY_DER,
        base64.b64encode(SCALAR),
        b"\n",
        b"-----BEGIN X-----\n",
        b"-----END X-----\n",
    ]
)
_SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_SETTINGS
@given(st.lists(_PARTS, max_size=6), st.integers(0, 600), st.integers(0, 600))
def test_whatever_is_put_together_and_cut_out_no_key_is_left(parts: list[bytes], start: int, length: int):
    text = b"".join(parts)
    text = text[:start] + text[start + length :]
    left = withhold_text(text)
    assert_clean(left)
    assert withhold_text(left) == left
    assert left.count(b"\n") == text.count(b"\n") or b"-----BEGIN" not in left


@pytest.mark.parametrize("shown", [KEY, KEY_DER, base64.b64encode(KEY), SCALAR.hex().encode()], ids=range(4))
def test_the_search_for_a_key_finds_one(shown: bytes):
    with pytest.raises(AssertionError):
        assert_clean(b"x: " + shown)
