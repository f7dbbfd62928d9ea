import pytest

from kubectl_mtls.certs.layout import Layout, Role, resolve_ca, resolve_pair, resolve_plugged_ca, role_of

_WRONG = "found secret, but didn't have expected keys (cert and key) or (tls.crt and tls.key); found: "
_INCOMPLETE = "failed to create an istiod CA: incomplete signing CA bundle detected"


def _filled(keys: str) -> dict[str, bytes]:
    """`a b=` stands for a filled `a` and an empty `b`."""
    return {key.rstrip("="): b"" if key.endswith("=") else b"x" for key in keys.split()}


@pytest.mark.parametrize(
    ("keys", "layout"),
    [
        ("tls.crt tls.key", Layout("tls.crt", "tls.key")),
        ("cert key", Layout("cert", "key")),
        ("cert key tls.crt tls.key", Layout("cert", "key")),
        ("cert= key= tls.crt tls.key", Layout("tls.crt", "tls.key")),
        ("cert tls.crt tls.key", Layout("tls.crt", "tls.key")),
        ("tls.crt tls.key tls.ocsp-staple", Layout("tls.crt", "tls.key", staple_key="tls.ocsp-staple")),
        ("cert key tls.ocsp-staple", Layout("cert", "key")),
        ("tls.crt tls.key=", Layout(error='found keys "tls.crt" and "tls.key", but they were empty')),
        ("cert= key tls.crt= tls.key", Layout(error='found keys "cert" and "key", but they were empty')),
        ("", Layout(error=_WRONG)),
        ("b a", Layout(error=_WRONG + "a, b")),
        ("tls.key tls.crt= x", Layout(error='found keys "tls.crt" and "tls.key", but they were empty')),
        ("cert tls.key ca.crt", Layout(error=_WRONG + "ca.crt, cert, tls.key, and 0 more...")),
        ("a b c d e", Layout(error=_WRONG + "a, b, c, and 2 more...")),
    ],
)
def test_istiod_takes_the_generic_pair_first_and_says_why_it_takes_none(keys, layout):
    assert resolve_pair(_filled(keys)) == layout


@pytest.mark.parametrize(
    ("keys", "layout"),
    [
        ("ca.crt", Layout(ca_key="ca.crt")),
        ("ca.crt ca.crl", Layout(ca_key="ca.crt", crl_key="ca.crl")),
        ("ca.crt crl", Layout(ca_key="ca.crt")),
        ("cacert crl ca.crt", Layout(ca_key="cacert", crl_key="crl")),
        ("cacert= ca.crt", Layout(ca_key="ca.crt")),
        ("cacert=", Layout(ca_error='found key "cacert", but it was empty')),
        ("ca.crt=", Layout(ca_error='found key "ca.crt", but it was empty')),
        ("ca.pem", Layout(ca_error="found secret, but didn't have expected keys cacert or ca.crt; found: ca.pem")),
    ],
)
def test_istiod_takes_cacert_first_and_the_crl_of_the_same_form(keys, layout):
    assert resolve_ca(_filled(keys)) == layout


@pytest.mark.parametrize(
    ("keys", "certificate", "error"),
    [
        pytest.param("ca-cert.pem ca-key.pem root-cert.pem cert-chain.pem=", "ca-cert.pem", None, id="istiod's form"),
        pytest.param("tls.crt tls.key ca.crt", "tls.crt", None, id="cert-manager's form"),
        pytest.param("ca-cert.pem ca-key.pem root-cert.pem cert-chain.pem tls.crt", "tls.crt", _INCOMPLETE, id="stray"),
        pytest.param("ca-cert.pem ca-key.pem root-cert.pem", "ca-cert.pem", _INCOMPLETE, id="no chain"),
        pytest.param("tls.crt tls.key", "tls.crt", _INCOMPLETE, id="no root"),
        pytest.param("root-cert.pem", None, _INCOMPLETE, id="root alone"),
        pytest.param("something", None, None, id="none of its files: istiod signs by itself"),
    ],
)
def test_a_signing_bundle_is_complete_or_istiod_does_not_start(keys, certificate, error):
    layout = resolve_plugged_ca(_filled(keys))
    assert (layout.certificate_key, layout.error) == (certificate, error)


@pytest.mark.parametrize(
    ("namespace", "name", "is_secret", "role"),
    [
        ("shop", "partner", True, Role.CREDENTIAL),
        ("shop", "partner-cacert", True, Role.CA_CREDENTIAL),
        ("shop", "trust", False, Role.CA_CREDENTIAL),
        ("istio-system", "cacerts", True, Role.PLUGGED_CA),
        ("istio-system", "istio-ca-secret", True, Role.SELF_SIGNED_CA),
        ("shop", "cacerts", True, Role.CREDENTIAL),
    ],
)
def test_name_and_place_say_what_a_secret_is_for(namespace, name, is_secret, role):
    assert role_of(namespace, name, is_secret, "istio-system") is role
