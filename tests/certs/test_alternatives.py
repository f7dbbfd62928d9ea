"""Other ways to an anchor: cross-signed issuers, and the right issuer behind a namesake."""

from datetime import timedelta

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.issue import Issued, issue, issue_root
from kubectl_mtls.certs.issuer_elsewhere import with_found_issuers
from kubectl_mtls.certs.problem import ProblemCode
from tests.certs.pki import DAY, HOST, NOW, data, intermediate, leaf, other_root, root, secret

FOREIGN = issue_root(NOW, "Foreign Root")


def ca(name: str, issuer: Issued, **fields) -> Issued:
    return issue(name, NOW, issuer, is_ca=True, **fields)


CROSS = ca("Example Root", other_root(), key=root().key)
CROSS_OF_NOBODY = ca("Example Root", FOREIGN, key=root().key)
SHORT = ca("Example Issuing CA", other_root(), key=intermediate().key, lifetime=20 * DAY)
NAMESAKE = ca("Example Issuing CA", root(), has_key_ids=False)
ENDED = ca("Example Issuing CA", root(), key=intermediate().key, age=30 * DAY, lifetime=10 * DAY)
PLAIN = issue("cart", NOW, intermediate(), sans=(HOST,), has_key_ids=False)
BOTH = root().pem + other_root().pem


def _inspected(tls_crt: bytes, ca_crt: bytes, tls_key: bytes = leaf().key_pem()):
    return inspect(secret(data(tls_crt=tls_crt, ca_crt=ca_crt, tls_key=tls_key)), None, NOW)


@pytest.mark.parametrize(
    ("chain", "anchors", "taken", "others"),
    [
        (leaf().chain_pem, root().pem, "Example Root", []),
        (leaf().chain_pem, BOTH, "Example Root", []),
        (leaf().chain_pem + CROSS.pem, BOTH, "Example Root", ["Other Root"]),
        (leaf().chain_pem + CROSS.pem, other_root().pem, "Other Root", []),
        (leaf().chain_pem + CROSS_OF_NOBODY.pem, BOTH, "Example Root", []),
        (leaf().pem + SHORT.pem + intermediate().pem, BOTH, "Other Root", ["Example Root"]),
        (leaf().pem + intermediate().pem + ENDED.pem, root().pem, "Example Root", []),
        (leaf().pem, root().pem, None, []),
    ],
    ids=["one way", "two roots", "cross-signed", "one root", "by nobody", "short one first", "ended", "a gap"],
)
def test_every_other_path_that_would_be_accepted(chain: bytes, anchors: bytes, taken: str | None, others: list[str]):
    answer = _inspected(chain, anchors)
    assert (answer.path[-1].subject.short if answer.path else None) == taken
    assert [path[-1].subject.short for path in answer.alternatives] == others


@pytest.mark.parametrize(("of", "wrong"), [(PLAIN, NAMESAKE), (leaf(), ENDED)], ids=["not the signer", "expired"])
def test_a_namesake_in_front_is_named_with_the_place_of_the_right_one(of: Issued, wrong: Issued):
    answer = _inspected(of.pem + wrong.pem + intermediate().pem, root().pem, of.key_pem())
    assert answer.client.ok is False
    said = [one.message for one in answer.problems if one.code is ProblemCode.WRONG_ORDER]
    words = 'proxies try the first "Example Issuing CA" alone: with that of tls.crt, index 2 in front it verifies'
    assert said == [words]
    mended = _inspected(of.pem + intermediate().pem + wrong.pem, root().pem, of.key_pem())
    assert mended.client.ok
    assert ProblemCode.WRONG_ORDER not in {one.code for one in mended.problems}


def test_a_crowd_of_namesakes_is_not_searched():
    crowd = b"".join(ca("Example Issuing CA", root(), key=intermediate().key).pem for _ in range(12))
    answer = _inspected(leaf().pem + crowd, root().pem)
    assert (answer.client.ok, answer.alternatives) == (True, ())


def _messages(*others):
    lacking = inspect(secret(data(tls_crt=leaf().pem)), None, NOW)
    (told,) = with_found_issuers([lacking], [lacking.secret, *others])
    return [one.message for one in told.problems if one.code is ProblemCode.ISSUER_MISSING]


def test_a_missing_issuer_is_said_once_with_the_place_where_it_is():
    missing = 'issuer "Example Issuing CA" of "cart" is missing'
    elsewhere = secret({"ca.crt": intermediate().pem}, "roots", kind="ConfigMap")
    assert _messages() == [missing]
    assert _messages(secret({"tls.crt": NAMESAKE.pem}, "namesake"), secret({"tls.crt": root().pem}, "root")) == [
        missing
    ]
    assert _messages(elsewhere) == [f"{missing}; it is in ca.crt of configmap/roots -n shop"]


def test_a_whole_chain_hears_of_no_place():
    whole = inspect(secret(data()), None, NOW + timedelta(days=1))
    assert with_found_issuers([whole], [secret({"tls.crt": intermediate().pem}, "other")]) == (whole,)
