from datetime import timedelta

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.issue import issue, issue_intermediate, issue_workload
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.finding import Severity
from tests.certs.pki import DAY, NOW, data, intermediate, leaf, other_root, root, secret

_CLIENT = issue("cart", NOW, intermediate(), sans=("DNS:x",), extended_usages=("clientAuth",))
_EXPIRED = issue("cart", NOW, intermediate(), sans=("DNS:x",), age=9 * DAY, lifetime=8 * DAY)
_P521 = issue("cart", NOW, intermediate(), sans=("DNS:x",), key="P-521")
_RSA1024 = issue("cart", NOW, intermediate(), sans=("DNS:x",), key="RSA 1024")
_BAD = b"-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n"
_C = ProblemCode


def _codes(inspection):
    return {problem.code for problem in inspection.problems}


def test_a_sound_secret_has_an_answer_for_everything_and_no_problem():
    found = inspect(secret(data()), None, NOW)
    assert (found.layout.certificate_key, found.layout.private_key_key, found.layout.ca_key) == (
        "tls.crt",
        "tls.key",
        "ca.crt",
    )
    assert found.ca_secret == "partner-cert"
    assert (found.istiod.accepted, found.istiod.error) == (True, None)
    assert found.key_matches is True
    assert (found.client.ok, found.server.ok) == (True, True)
    assert [one.data_key for one in found.certificates] == ["tls.crt", "tls.crt", "ca.crt"]
    assert found.weakest == found.certificates[0].certificate
    assert found.problems == ()


@pytest.mark.parametrize(
    ("changes", "matches", "verifies", "codes"),
    [
        pytest.param({"ca_crt": None}, True, None, {_C.NO_CA}, id="no CA"),
        pytest.param({"ca_crt": b""}, True, None, {_C.NO_CA}, id="empty CA"),
        pytest.param({"tls_key": None}, None, None, {_C.NOT_DELIVERED}, id="no key"),
        pytest.param({"tls_crt": b""}, None, None, {_C.NOT_DELIVERED}, id="empty certificate"),
        pytest.param({"tls_key": other_root().key_pem()}, False, True, {_C.KEY_MISMATCH}, id="another key"),
        pytest.param({"tls_key": leaf().key_pem(b"x")}, None, True, {_C.UNUSABLE_KEY}, id="encrypted key"),
        pytest.param({"tls_crt": leaf().pem}, True, False, {_C.ISSUER_MISSING}, id="no intermediate"),
        pytest.param({"ca_crt": other_root().pem}, True, False, {_C.ISSUER_MISSING}, id="another CA"),
        pytest.param({"ca_crt": root().pem + _BAD}, True, False, {_C.UNREADABLE_CA}, id="a bad block in the CA"),
        pytest.param(
            {"tls_crt": leaf().chain_pem + _BAD},
            True,
            False,
            {_C.UNREADABLE_CERTIFICATE},
            id="a bad block in the chain",
        ),
        pytest.param(
            {"tls_crt": leaf().certificate.tbs_certificate_bytes},
            None,
            False,
            {_C.UNREADABLE_CERTIFICATE, _C.WARNED_ABOUT},
            id="no PEM",
        ),
        pytest.param(
            {"tls_crt": intermediate().pem + leaf().pem},
            False,
            False,
            {_C.KEY_MISMATCH, _C.WRONG_ORDER, _C.UNSUITABLE_LEAF},
            id="reversed",
        ),
        pytest.param(
            {"tls_crt": _EXPIRED.chain_pem, "tls_key": _EXPIRED.key_pem()},
            True,
            False,
            {_C.EXPIRED, _C.EXPIRED_EXTRA, _C.WARNED_ABOUT},
            id="expired",
        ),
        pytest.param(
            {"tls_crt": _P521.chain_pem, "tls_key": _P521.key_pem()}, True, False, {_C.UNSUITABLE_LEAF}, id="P-521"
        ),
        pytest.param(
            {"tls_crt": _RSA1024.chain_pem, "tls_key": _RSA1024.key_pem()},
            True,
            False,
            {_C.UNSUITABLE_LEAF},
            id="RSA 1024",
        ),
        pytest.param({"tls_ocsp-staple": b"x"}, True, False, {_C.UNREADABLE_STAPLE}, id="garbage as OCSP staple"),
        pytest.param({"ca_crl": b"none"}, True, False, {_C.REVOKED}, id="garbage as CRL"),
        pytest.param(
            {"ca_crt": intermediate().pem}, True, True, {_C.UNSUITABLE_ANCHOR}, id="an intermediate as anchor"
        ),
        pytest.param({"tls_crt": leaf().chain_pem + root().pem}, True, True, {_C.ROOT_IN_CHAIN}, id="root sent along"),
        pytest.param({"cert": leaf().pem}, True, True, {_C.TWO_LAYOUTS}, id="half of the other layout"),
    ],
)
def test_what_is_wrong_is_said(changes, matches, verifies, codes):
    found = inspect(secret(data(**changes)), None, NOW)
    assert (found.key_matches, found.client.ok, found.server.ok) == (matches, verifies, verifies)
    assert _codes(found) == codes


def test_a_certificate_for_one_role_is_no_error():
    found = inspect(secret(data(tls_crt=_CLIENT.chain_pem, tls_key=_CLIENT.key_pem())), None, NOW)
    assert (found.client.ok, found.server.ok) == (True, False)
    (problem,) = found.problems
    assert (problem.code, problem.severity) == (_C.ONE_ROLE_ONLY, Severity.INFO)
    assert "lacks serverAuth" in problem.message


def test_an_intermediate_that_ends_first_is_the_weakest_link():
    short = issue_intermediate(NOW, root(), "Short CA", lifetime=timedelta(days=12))
    made = issue("cart", NOW, short, sans=("DNS:x",))
    found = inspect(secret(data(tls_crt=made.chain_pem, tls_key=made.key_pem())), None, NOW)
    assert found.weakest
    assert found.weakest.subject.short == "Short CA"
    assert _codes(found) == {_C.ENDS_BEFORE_LEAF}


def test_a_companion_wins_even_when_it_is_broken():
    bare = secret(data())
    assert inspect(bare, secret({"cacert": other_root().pem}, "partner-cert-cacert"), NOW).client.ok is False
    empty = inspect(bare, secret({"cacert": b""}, "partner-cert-cacert"), NOW)
    assert (empty.layout.ca_key, empty.ca_secret, empty.client.ok) == (None, None, None)
    assert empty.layout.ca_error == 'found key "cacert", but it was empty'


def test_a_ca_only_object_is_delivered_without_a_pair():
    for name, kind in (("partner-cert-cacert", "Secret"), ("trust", "ConfigMap")):
        found = inspect(secret({"ca.crt": root().pem}, name, kind=kind), None, NOW)
        assert (found.istiod.accepted, found.layout.ca_key, found.client.ok) == (True, "ca.crt", None)
        assert found.problems == ()


def _plugged(**changes):
    signer = changes.pop("signer", intermediate())
    values = {
        "ca-cert.pem": signer.pem,
        "ca-key.pem": signer.key_pem(),
        "cert-chain.pem": signer.pem,
        "root-cert.pem": root().pem,
    }
    values |= changes
    return secret({key: value for key, value in values.items() if value is not None}, "cacerts", "istio-system")


_FAILED = "failed to create an istiod CA: "
_BUNDLE = _FAILED + "failed to create CA KeyCertBundle "


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param(_plugged(), None, id="sound"),
        pytest.param(_plugged(**{"cert-chain.pem": b""}), None, id="empty chain"),
        pytest.param(
            _plugged(**{"cert-chain.pem": None}), _FAILED + "incomplete signing CA bundle detected", id="no chain"
        ),
        pytest.param(_plugged(**{"root-cert.pem": other_root().pem}), _BUNDLE + "(cannot verify the cert", id="root"),
        pytest.param(
            _plugged(**{"ca-cert.pem": b"x"}), _BUNDLE + "(failed to parse cert PEM: invalid PEM", id="no PEM"
        ),
        pytest.param(
            _plugged(**{"ca-key.pem": b""}), _BUNDLE + "(failed to parse private key PEM: invalid", id="no key"
        ),
        pytest.param(
            _plugged(**{"ca-key.pem": root().key_pem()}), _BUNDLE + "(the cert does not match the key: ", id="mismatch"
        ),
        pytest.param(
            _plugged(signer=issue("No CA", NOW, root())),
            _FAILED + "certificate is not authorized to sign other certificates",
            id="no CA",
        ),
        pytest.param(
            _plugged(signer=issue("CA", NOW, root(), is_ca=True, extended_usages=("clientAuth",))),
            _BUNDLE + "(cannot verify the cert",
            id="Go asks for serverAuth",
        ),
        pytest.param(
            _plugged(signer=issue("CA", NOW, root(), is_ca=True, age=9 * DAY, lifetime=8 * DAY)),
            _BUNDLE + "(cannot verify the cert",
            id="expired",
        ),
        pytest.param(_plugged(**{"cert-chain.pem": b"x"}), _FAILED + "failed to get default cert TTL", id="chain"),
        pytest.param(_plugged(**{"ca-crl.pem": b"x"}), _BUNDLE + "(missing CRL signed by certificates: [CN=", id="CRL"),
    ],
)
def test_istiod_loads_a_signing_ca_or_says_why_not(found, error):
    answer = inspect(found, None, NOW)
    assert answer.istiod.accepted is (error is None)
    assert (answer.istiod.error or "").startswith(error or "")
    assert (answer.client.ok, answer.server.ok) == (None, None)


def test_the_path_of_a_signing_ca_has_a_weakest_link():
    answer = inspect(_plugged(), None, NOW)
    assert answer.weakest
    assert answer.weakest.subject.short == "Example Issuing CA"


def test_a_workload_certificate_of_the_mesh_fits_both_roles():
    made = issue_workload(NOW, intermediate(), "shop", "cart")
    found = inspect(secret(data(tls_crt=made.chain_pem, tls_key=made.key_pem())), None, NOW)
    assert (found.client.ok, found.server.ok, found.problems) == (True, True, ())
