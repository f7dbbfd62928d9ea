"""The files of a rotation: what is taken from them, what is refused, and that no word of it holds the key."""

import pytest

from kubectl_mtls.certs.issue import issue
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.plan.given_files import GivenFiles, parse_given_files
from tests.certs.pki import HOST, NOW, intermediate, leaf, other_root, root

CHAIN, KEY, CA = leaf().chain_pem, leaf().key_pem(), root().pem


def test_blocks_that_count_are_written_and_nothing_around_them():
    noisy = b"\xef\xbb\xbfsubject=CN=cart\r\n" + CHAIN.replace(b"\n", b"\r\n") + b"trailing text\n"
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    files = parse_given_files(noisy, parameters + KEY.replace(b"\n", b"\r\n"), CA + b"\n\n")
    assert (files.chain_pem, files.key_pem, files.ca_pem) == (CHAIN, KEY, CA)


def test_ca_may_come_alone_or_not_at_all():
    assert parse_given_files(None, None, CA) == GivenFiles(anchors=parse_given_files(None, None, CA).anchors, ca_pem=CA)
    assert parse_given_files(CHAIN, KEY, None).ca_pem is None


def test_key_never_shows_in_repr():
    assert "key_pem" not in repr(parse_given_files(CHAIN, KEY, CA))


@pytest.mark.parametrize(
    ("certificate", "key", "ca", "words"),
    [
        pytest.param(CHAIN, None, None, "--key is missing", id="no key"),
        pytest.param(None, KEY, None, "--cert is missing", id="no certificate"),
        pytest.param(b"", KEY, None, "--cert holds no certificate", id="empty certificate"),
        pytest.param(CHAIN, b"", None, "the private key is empty", id="empty key"),
        pytest.param(CHAIN, CHAIN, None, "there is no PEM block of a private key", id="a certificate for a key"),
        pytest.param(CHAIN, leaf().key_pem(b"word"), None, "encrypted with a passphrase", id="encrypted key"),
        pytest.param(CHAIN, other_root().key_pem(), None, "is not the key of the first", id="another's key"),
        pytest.param(CHAIN + KEY, KEY, None, "--cert holds a private key too", id="combined file"),
        pytest.param(CHAIN, KEY, b"x", "--ca holds no certificate", id="CA that is none"),
        pytest.param(CHAIN[:-30], KEY, None, "--cert: certificate 2", id="damaged block"),
        pytest.param(
            issue("cart", NOW, intermediate(), sans=(HOST,), key="Ed25519").chain_pem,
            KEY, None, "is not the key", id="another kind of key",
        ),
    ],
)  # fmt: skip
def test_wrong_files_are_explained(certificate: bytes | None, key: bytes | None, ca: bytes | None, words: str):
    with pytest.raises(InvalidInput, match=words) as caught:
        parse_given_files(certificate, key, ca)
    said = caught.value.message + (caught.value.hint or "")
    assert "PRIVATE KEY" not in said
    assert not any(line.decode() in said for line in KEY.splitlines()[1:-1])


def test_leaf_that_does_not_come_first_is_told_apart_from_a_foreign_key():
    with pytest.raises(InvalidInput) as caught:
        parse_given_files(intermediate().pem + leaf().pem, KEY, None)
    assert "it belongs to number 2 in --cert: the leaf has to come first" in (caught.value.hint or "")


def test_pair_that_proxies_cannot_use_is_refused():
    made = issue("cart", NOW, intermediate(), sans=(HOST,), key="Ed25519")
    with pytest.raises(InvalidInput, match="proxies cannot use this pair"):
        parse_given_files(made.chain_pem, made.key_pem(), None)
