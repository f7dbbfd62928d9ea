"""Values in the wrong data key are named for what they are; a CA that nobody could read is no ground for a verdict."""

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.issue import issue, issue_intermediate
from kubectl_mtls.certs.misfiled import misfiled
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.certs.withhold import withhold_value
from tests.certs.pki import NOW, data, root, secret

_ISSUING = issue_intermediate(NOW, root())
_LEAF = issue("cart", NOW, _ISSUING, sans=("DNS:cart.example",))


def messages(values: dict[str, bytes], code: ProblemCode) -> list[str]:
    return [one.message for one in inspect(secret(values), None, NOW).problems if one.code is code]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(_LEAF.pem, "a certificate", id="certificate"),
        pytest.param(_LEAF.key_pem(), "a private key", id="key"),
        pytest.param(
            b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "request", id="csr"
        ),
        pytest.param(b"hunter2", None, id="no PEM"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", None, id="what nobody mixes up"),
    ],
)
def test_what_is_often_pasted_into_the_wrong_field_is_named(value, expected):
    found = misfiled(value)
    assert found is None if expected is None else found is not None and expected in found


def test_key_and_certificate_in_each_others_place_are_named_and_not_shown():
    values = {"tls.crt": _LEAF.key_pem(), "tls.key": _LEAF.chain_pem, "ca.crt": root().pem}
    (key,) = messages(values, ProblemCode.UNUSABLE_KEY)
    (chain,) = messages(values, ProblemCode.UNREADABLE_CERTIFICATE)
    assert "it holds a certificate" in key
    assert "it holds a private key" in chain
    assert "BEGIN" not in key + chain


def test_a_key_in_its_place_that_proxies_cannot_open_stands_in_nobodys_place():
    (message,) = messages(data(tls_key=_LEAF.key_pem(b"secret")), ProblemCode.UNUSABLE_KEY)
    assert message == "the private key is encrypted with a passphrase, which proxies cannot open"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ca.crt": root().pem}, (ProblemCode.NO_CREDENTIAL, "info")),
        ({"ca-certificates.crt": root().pem + _ISSUING.pem}, (ProblemCode.NO_CREDENTIAL, "info")),
        ({"certificate.pem": _LEAF.chain_pem}, (ProblemCode.NOT_DELIVERED, "error")),
        ({"root.pem": root().pem, "root.key": root().key_pem()}, (ProblemCode.NOT_DELIVERED, "error")),
        ({"tls.crt": root().pem}, (ProblemCode.NOT_DELIVERED, "error")),
    ],
    ids=["CA", "bundle of another name", "leaf of another name", "with its key", "half a pair"],
)
def test_cas_alone_are_no_error(values: dict[str, bytes], expected: tuple[ProblemCode, str]):
    found = inspect(secret(values), None, NOW)
    assert expected == next((one.code, one.severity.value) for one in found.problems)


def test_a_companion_that_could_not_be_read_leaves_the_verdict_open():
    whole = secret(data(tls_crt=_LEAF.chain_pem, tls_key=_LEAF.key_pem()))
    judged, blind = inspect(whole, None, NOW), inspect(whole, None, NOW, ca_unread="may not get it")
    assert (judged.client.ok, blind.client.ok, blind.server.ok) == (True, None, None)
    assert (blind.layout.ca_key, blind.weakest, blind.ca_unread) == (None, None, "may not get it")
    assert ProblemCode.NO_CA not in {one.code for one in blind.problems}
    assert blind.key_matches is True


def test_a_companion_has_none_itself():
    found = inspect(secret({"ca.crt": root().pem}, "partner-cert-cacert"), None, NOW, ca_unread="may not get it")
    assert found.ca_unread is None


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        pytest.param(data(), "Secret", [], id="sound"),
        pytest.param(data(tls_crt=_LEAF.chain_pem + _LEAF.key_pem()), "Secret", [], id="beside the certificate"),
        pytest.param(data(ca_crt=root().pem + root().key_pem()), "Secret", ["ca.crt"], id="behind the CA"),
        pytest.param({"ca.crt": root().pem}, "ConfigMap", [], id="a bundle"),
        pytest.param(
            {"ca.crt": root().pem, "a.pem": _LEAF.key_pem() + root().pem}, "ConfigMap", ["a.pem"], id="in a ConfigMap"
        ),
        pytest.param({"ca.crt": root().pem, "note": b"PRIVATE KEY"}, "ConfigMap", [], id="words alone"),
    ],
)
def test_a_key_where_cas_are_published_is_told(values: dict[str, bytes], kind: str, expected: list[str]):
    for seen in (values, {key: withhold_value(key, value) for key, value in values.items()}):
        problems = inspect(secret(seen, kind=kind), None, NOW).problems
        assert [one.data_key for one in problems if one.code is ProblemCode.PUBLISHED_KEY] == expected
