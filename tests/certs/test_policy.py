from dataclasses import replace
from datetime import timedelta

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.issue import issue, issue_intermediate
from kubectl_mtls.certs.policy import Demand, Policy, PolicyRule, Subject, fits
from kubectl_mtls.certs.violation import key_fits, violations_of
from kubectl_mtls.model.finding import Severity
from tests.certs.pki import DAY, NOW, data, intermediate, leaf, other_root, root, secret

D = Demand
RULE = PolicyRule("rules.0", "company")
ROOT_PRINT = inspect(secret(data()), None, NOW).chain.anchors[0].sha256
SHORT_CA = issue_intermediate(NOW, root(), "Short CA", lifetime=13 * DAY)
BY_SHORT_CA = issue("cart", NOW, SHORT_CA, sans=("DNS:x",))
P384 = issue("cart", NOW, intermediate(), sans=("DNS:x",), key="P-384")
RSA = issue("cart", NOW, intermediate(), sans=("DNS:x",), key="RSA 2048")


def broken(rule: dict, values: dict[str, bytes], **where) -> list[Demand]:
    inspection = inspect(secret(values, **where), None, NOW)
    return [
        one.demand for one in violations_of(Policy("policy.yaml", (replace(RULE, **rule),)), Subject(inspection), NOW)
    ]


def files(made) -> dict[str, bytes]:
    return data(tls_crt=made.chain_pem, tls_key=made.key_pem())


SOUND = data()
CASES = {
    "an issuer by the name of the root": ({"issuer_names": ("Example Root",)}, SOUND, []),
    "an issuer by the name of the intermediate": ({"issuer_names": ("CN=Example Issuing CA",)}, SOUND, []),
    "an issuer by a pattern": ({"issuer_names": ("example *",)}, SOUND, []),
    "another issuer": ({"issuer_names": ("Other Root",)}, SOUND, [D.ISSUERS]),
    "the leaf's own name is no issuer": ({"issuer_names": ("cart",)}, SOUND, [D.ISSUERS]),
    "a root by its fingerprint": ({"root_fingerprints": (ROOT_PRINT,)}, SOUND, []),
    "another root": ({"root_fingerprints": ("0" * 64,)}, SOUND, [D.ISSUERS]),
    "one of the two is enough": ({"issuer_names": ("Other",), "root_fingerprints": (ROOT_PRINT,)}, SOUND, []),
    "a root that nobody can prove": ({"root_fingerprints": (ROOT_PRINT,)}, data(ca_crt=None), [D.ISSUERS]),
    "a name that is only claimed": ({"issuer_names": ("Example Issuing CA",)}, data(ca_crt=None), []),
    "a lifetime of exactly so long": ({"maximum_lifetime": 90 * DAY}, SOUND, []),
    "a lifetime that is longer": ({"maximum_lifetime": 90 * DAY - timedelta(seconds=1)}, SOUND, [D.MAXIMUM_LIFETIME]),
    "exactly enough left": ({"minimum_left": 89 * DAY}, SOUND, []),
    "too little left": ({"minimum_left": 89 * DAY + timedelta(seconds=1)}, SOUND, [D.MINIMUM_LEFT]),
    "too little left of the intermediate": ({"minimum_left": 13 * DAY}, files(BY_SHORT_CA), [D.MINIMUM_LEFT]),
    "little enough for a warning": ({"warning_left": 100 * DAY}, SOUND, [D.WARNING_LEFT]),
    "the error alone of both": (
        {"warning_left": 100 * DAY, "minimum_left": 95 * DAY},
        SOUND,
        [D.MINIMUM_LEFT],
    ),
    "an allowed key": ({"keys": ("RSA 3072", "ECDSA P-256")}, SOUND, []),
    "a key of another curve": ({"keys": ("ECDSA P-256",)}, files(P384), [D.KEYS]),
    "any curve": ({"keys": ("ECDSA",)}, files(P384), []),
    "a key that is too small": ({"keys": ("RSA 3072", "ECDSA P-256")}, files(RSA), [D.KEYS]),
    "leaf and intermediate": ({"keys": ("Ed25519",)}, SOUND, [D.KEYS, D.KEYS]),
    "an allowed signature": ({"signatures": ("ECDSA with SHA-*",)}, SOUND, []),
    "another signature": ({"signatures": ("RSA with SHA-256",)}, SOUND, [D.SIGNATURES, D.SIGNATURES]),
    "a required name": ({"required_names": ("DNS:*.shop.example",)}, SOUND, []),
    "a required name that is missing": (
        {"required_names": ("DNS:*.shop.example", "URI:spiffe://*")},
        SOUND,
        [D.REQUIRED_NAMES],
    ),
    "a forbidden name": ({"forbidden_names": ("DNS:CART.*",)}, SOUND, [D.FORBIDDEN_NAMES]),
    "names that are not forbidden": ({"forbidden_names": ("DNS:*.internal", "IP:*")}, SOUND, []),
    "a CA of its own by its fingerprint": ({"root_fingerprints": (ROOT_PRINT,)}, {"ca.crt": root().pem}, []),
    "a CA of its own that is not allowed": (
        {"root_fingerprints": (ROOT_PRINT,)},
        {"ca.crt": root().pem + other_root().pem},
        [D.ISSUERS],
    ),
    "names and lifetime are not asked of a CA": (
        {"required_names": ("DNS:x",), "maximum_lifetime": DAY},
        {"ca.crt": root().pem},
        [],
    ),
    "nothing that can be read": ({"keys": ("Ed25519",)}, data(tls_crt=b"none", ca_crt=None), []),
}


@pytest.mark.parametrize(("rule", "values", "demands"), CASES.values(), ids=CASES)
def test_what_breaks_a_rule(rule, values, demands):
    assert broken(rule, values) == demands


@pytest.mark.parametrize(
    ("match", "is_selected"),
    [
        ({}, True),
        ({"namespaces": ("shop",)}, True),
        ({"namespaces": ("sh*",), "names": ("partner-*",)}, True),
        ({"namespaces": ("bank",)}, False),
        ({"names": ("shop-tls",)}, False),
        ({"purposes": ("client",)}, False),
    ],
)
def test_a_rule_is_about_what_it_selects(match, is_selected):
    assert (
        broken({"keys": ("RSA",), **match}, data(), name="partner-cert", namespace="shop")
        == [D.KEYS, D.KEYS] * is_selected
    )


def test_purposes_are_those_of_the_users():
    subject = Subject(inspect(secret(data()), None, NOW), frozenset({"client"}))
    assert replace(RULE, purposes=("client", "ca")).selects(subject)
    assert not replace(RULE, purposes=("server",)).selects(subject)


def test_a_violation_names_field_rule_and_certificate():
    inspection = inspect(secret(files(P384)), None, NOW)
    (found,) = violations_of(Policy("p", (replace(RULE, keys=("ECDSA P-256",)),)), Subject(inspection), NOW)
    assert (found.field, found.severity) == ("rules.0.keys", Severity.ERROR)
    assert found.message == '"cart" has a key that is not allowed: ECDSA P-384 (company)'
    assert found.certificate == inspection.chain.presented[0]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "a", True),
        ("a", "A", True),
        ("a", "ab", False),
        ("a*", "ab", True),
        ("*b", "ab\n", False),
        ("a*c", "a\nc", True),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("", "", True),
        ("*", "", True),
    ],
)
def test_patterns_know_the_star_and_nothing_else(pattern, text, expected):
    assert fits(pattern, text) is expected


@pytest.mark.parametrize(
    ("allowed", "key", "expected"),
    [
        ("RSA 3072", "RSA 3072", True),
        ("RSA 3072", "RSA 4096", True),
        ("RSA 3072", "RSA 2048", False),
        ("RSA", "RSA 1024", True),
        ("ECDSA P-256", "ECDSA P-384", False),
        ("Ed25519", "Ed25519", True),
        ("Ed25519", "unknown", False),
        ("RSA 2048", "ECDSA P-256", False),
    ],
)
def test_a_key_fits_what_is_allowed_by_kind_and_size(allowed, key, expected):
    assert key_fits(allowed, key) is expected


def test_a_leaf_is_what_the_tables_rest_on():
    assert leaf().certificate.subject.rfc4514_string() == "CN=cart"
