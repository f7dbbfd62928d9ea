"""How Secrets stand: every state, where a Secret is looked for, and what stands in for one that was not read."""

from datetime import timedelta

import pytest

from kubectl_mtls.certs.issue import issue
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.posture.credential.standing import State
from tests.certs.pki import other_root
from tests.rules.credentials import DAY, cart, gateway, intermediate, leaf, root, rule, secret
from tests.rules.mesh import NOW, forbidden, view_of

ENDED = issue("cart", NOW, root(), sans=("DNS:x",), age=20 * DAY, lifetime=19 * DAY)
NEAR = issue("cart", NOW, root(), sans=("DNS:x",), age=100 * DAY, lifetime=120 * DAY)
EARLY = issue("cart", NOW, root(), sans=("DNS:x",), age=-DAY)
UNDER = issue("cart", NOW, intermediate(12), sans=("DNS:x",), lifetime=300 * DAY)
MESH = rule() + cart()
UNREAD = Gap(SECRET, None, None, GapReason.WITHHELD, "not read (--no-secrets)")


def standing(text: str, **how):
    (found,) = view_of(text, **how).standings
    return found


STATES = {
    "sound": (secret(leaf()), State.OK, ""),
    "ends soon": (secret(NEAR), State.EXPIRING, ""),
    "has ended": (secret(ENDED), State.EXPIRED, ""),
    "is not valid yet": (secret(EARLY), State.BROKEN, "not valid"),
    "has another key": (secret(leaf(), tls_key=other_root().key_pem()), State.BROKEN, "does not belong"),
    "has no certificate": (secret(tls_key=leaf().key_pem()), State.BROKEN, "didn't have expected keys"),
    "is not under its CA": (secret(leaf(), ca=other_root().pem), State.BROKEN, "issuer"),
    "has no CA for MUTUAL": (secret(leaf(), ca=None), State.BROKEN, "no CA for MUTUAL"),
    "is for servers only": (secret(leaf(extended_usages=("serverAuth",))), State.BROKEN, "clientAuth"),
    "an intermediate ends first": (secret(UNDER), State.EXPIRING, ""),
    "is not there": (secret(leaf(), name="other"), State.MISSING, ""),
}


@pytest.mark.parametrize(("text", "state", "words"), STATES.values(), ids=STATES)
def test_a_secret_stands_as_its_worst_fault_says(text, state, words):
    found = standing(MESH + text)
    assert found.state is state
    assert words in found.reason


def test_the_certificate_that_ends_first_is_named():
    found = standing(MESH + secret(UNDER))
    assert found.weakest.subject.short == "Example Issuing CA"
    assert found.ends_at == NOW + 12 * DAY
    assert found.ends_within(13 * DAY, NOW)
    assert not found.ends_within(11 * DAY, NOW)


def test_a_ca_alone_lasts_as_long_as_its_anchors():
    text = rule(mode="SIMPLE") + cart()
    found = standing(text + secret(ca=ENDED.pem + root().pem))
    assert (found.state, found.weakest.subject.short) == (State.OK, "Example Root")


@pytest.mark.parametrize(
    ("gap", "reason"),
    [
        (forbidden(SECRET, "shop", "partner-cert"), "secrets: forbidden"),
        (forbidden(SECRET, "shop"), "secrets: forbidden"),
        (UNREAD, "not read (--no-secrets)"),
    ],
)
def test_what_hides_it_is_the_reason_of_unknown(gap, reason):
    found = standing(rule() + cart(live=True), live=True, gaps=[gap])
    assert (found.state, found.reason, found.gap, found.ends_at) == (State.UNKNOWN, reason, gap, None)
    assert found.ends_within(timedelta(0), NOW)


def test_an_unread_companion_leaves_the_dates_known():
    gap = forbidden(SECRET, "shop", "partner-cert-cacert")
    found = standing(rule() + cart(live=True) + secret(leaf(), ca=other_root().pem), live=True, gaps=[gap])
    assert (found.state, found.ends_at) == (State.OK, NOW + 300 * DAY)


def certificate(ends: float, renews: float) -> str:
    ends_at, renews_at = (f"{NOW + days * DAY:%Y-%m-%dT%H:%M:%SZ}" for days in (ends, renews))
    return f"""---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{name: partner, namespace: shop}}
spec: {{secretName: partner-cert, issuerRef: {{name: x}}}}
status: {{notAfter: "{ends_at}", renewalTime: "{renews_at}"}}
"""


@pytest.mark.parametrize(
    ("ends", "renews", "state"),
    [(60, 30, State.UNKNOWN), (20, -5, State.UNKNOWN), (10, -20, State.EXPIRING), (-1, -31, State.EXPIRED)],
    ids=["in time", "a little late", "late", "ended"],
)
def test_cert_manager_says_when_an_unread_secret_ends(ends, renews, state):
    found = standing(rule() + cart(live=True) + certificate(ends, renews), live=True, gaps=[UNREAD])
    assert (found.state, found.ends_at, found.kept_by) == (
        state,
        NOW + ends * DAY,
        "certificate/partner (cert-manager)",
    )


def test_the_secret_itself_is_believed_before_its_keeper():
    found = standing(MESH + secret(leaf()) + certificate(1, -20))
    assert (found.state, found.ends_at) == (State.OK, NOW + 300 * DAY)


def test_secrets_are_looked_for_beside_the_proxies():
    text = gateway("{mode: SIMPLE, credentialName: partner-cert}", namespace="bank")
    found = standing(text + secret(leaf()))
    assert (found.ref.namespace, found.state, found.usages[0].user.namespace) == ("shop", State.OK, "bank")


def test_gateways_that_nobody_meant_are_no_rows():
    pods = gateway("{mode: PASSTHROUGH}").replace("namespace: shop, labels", "namespace: front, labels")
    found = standing(rule(selector="") + cart() + pods + secret(leaf()))
    assert (found.ref.namespace, found.state) == ("shop", State.OK)


def test_a_companion_is_no_row_of_its_own():
    assert standing(MESH + secret(leaf(), ca=None) + secret(name="partner-cert-cacert")).state is State.OK


def test_rows_are_those_of_the_covered_namespaces():
    assert view_of(MESH + secret(leaf()), namespaces=["bank"]).standings == ()
