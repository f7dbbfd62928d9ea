import pytest

from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.rules.missing_credential import check
from tests.rules.credentials import cart, gateway, leaf, rule, secret
from tests.rules.mesh import forbidden, found, only, view_of

FIELD = "spec.trafficPolicy.tls.credentialName"
PLACE = [("destinationrule/partner -n shop", FIELD)]
GATEWAY = [("gateway/front -n shop", "spec.servers.0.tls.credentialName")]
OTHER = secret(leaf(), name="other")
CASES = {
    "the Secret has another name": (rule() + cart() + OTHER, PLACE),
    "no finding: it is there": (rule() + cart() + secret(leaf()), []),
    "it is in another namespace": (rule() + cart() + OTHER + secret(leaf(), namespace="bank"), PLACE),
    "no finding: no workload is selected, so that nobody asks": (rule() + OTHER, []),
    "no finding: without a selector sidecars do not ask": (rule(selector="") + cart() + OTHER, []),
    "no finding: the mode takes no credential": (rule(mode="ISTIO_MUTUAL") + cart() + OTHER, []),
    "no finding: a ConfigMap": (rule(credential="configmap://shop/partner") + cart() + OTHER, []),
    "a gateway's": (gateway("{mode: SIMPLE, credentialName: partner-cert}") + OTHER, GATEWAY),
    "a gateway of another namespace asks beside its pods": (
        gateway("{mode: SIMPLE, credentialName: partner-cert}", namespace="front") + OTHER,
        [("gateway/front -n front", GATEWAY[0][1])],
    ),
    "no finding: the companion alone is not there": (
        gateway("{mode: MUTUAL, credentialName: partner-cert}") + secret(leaf()),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_secret_is_missing_where_the_files_hold_others_of_its_namespace(text, expected):
    assert found(check, view_of(text)) == expected


def test_on_a_cluster_a_secret_that_was_looked_for_and_not_found_is_missing():
    assert found(check, view_of(rule() + cart(live=True), live=True)) == PLACE


@pytest.mark.parametrize("name", [None, "partner-cert"])
def test_one_that_may_not_be_read_is_not_called_missing(name):
    view = view_of(rule() + cart(live=True) + OTHER, live=True, gaps=[forbidden(SECRET, "shop", name)])
    assert found(check, view) == []


def test_who_asks_and_how_it_fails_is_said():
    finding = only(check, view_of(rule() + cart(live=True), live=True))
    assert "pod/cart-0 look for it: towards api.partner.example calls fail with 503 UF" in finding.message
    assert finding.fix.startswith("kubectl mtls rotate secret/partner-cert -n shop --create")
