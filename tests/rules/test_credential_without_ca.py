import pytest

from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.rules.credential_without_ca import check
from tests.rules.credentials import cart, gateway, leaf, rule, secret
from tests.rules.mesh import forbidden, found, view_of

BARE, WHOLE = secret(leaf(), ca=None), secret(leaf())
COMPANION = secret(name="partner-cert-cacert")
RULE = [("destinationrule/partner -n shop", "spec.trafficPolicy.tls.credentialName")]
GATEWAY = [("gateway/front -n shop", "spec.servers.0.tls.credentialName")]
CASES = {
    "MUTUAL, and the Secret has no CA": (rule() + cart() + BARE, RULE),
    "no finding: it has": (rule() + cart() + WHOLE, []),
    "an empty ca.crt, as ACME leaves it": (rule() + cart() + BARE + '  ca.crt: ""\n', RULE),
    "no finding: the companion has": (rule() + cart() + BARE + COMPANION, []),
    "no finding: SIMPLE": (gateway("{mode: SIMPLE, credentialName: partner-cert}") + BARE, []),
    "a gateway's MUTUAL": (gateway("{mode: MUTUAL, credentialName: partner-cert}") + BARE, GATEWAY),
    "OPTIONAL_MUTUAL": (gateway("{mode: OPTIONAL_MUTUAL, credentialName: partner-cert}") + BARE, GATEWAY),
    "no finding: the CA has a Secret of its own": (
        gateway("{mode: MUTUAL, credentialName: partner-cert, caCertCredentialName: partner-ca}")
        + BARE
        + secret(name="partner-ca"),
        [],
    ),
    "no finding: without a selector sidecars drop it anyway": (rule(selector="") + cart() + BARE, []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_where_the_ca_comes_from(text, expected):
    assert found(check, view_of(text)) == expected


def test_an_unreadable_companion_may_hold_it():
    view = view_of(rule() + cart(live=True) + BARE, live=True, gaps=[forbidden(SECRET, "shop", "partner-cert-cacert")])
    assert found(check, view) == []
