"""The rows of the decision: what is, what should be, and why."""

import pytest

from kubectl_mtls.certs.issue import issue_intermediate, issue_root
from kubectl_mtls.certs.policy import Policy, PolicyRule
from kubectl_mtls.cli.status_advice import resolve_advice
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.posture.mesh.advice import Advice, Fact, Group, Way, renewals_per_year
from kubectl_mtls.posture.mesh.status import Shown, resolve_status
from kubectl_mtls.render.advice_text import step_words
from kubectl_mtls.rules.view import View
from tests.rules.credentials import cart, gateway, leaf, rule, secret
from tests.rules.mesh import NOW, forbidden, root_copy, service, view_of, workload
from tests.rules.test_signing_ca import cacerts

KEPT = "cert-manager.io/certificate-name: partner"
CERTIFICATE = """---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: other, namespace: shop}
spec: {secretName: other, issuerRef: {name: x}}
"""


def advised(text: str, policy: Policy | None = None, **how) -> list[Advice]:
    view = view_of(text, **how)
    view = View(view.snapshot, view.rows, view.now, view.namespaces, policy=policy)
    return list(resolve_advice(view, resolve_status(view.snapshot, Shown(), NOW)))


def signing(**demand) -> Policy:
    return Policy("company.yaml", (PolicyRule("rules.0", "mesh", purposes=("signing",), **demand),))


COMPANY = issue_root(NOW, "Company Root")
NAKED = workload("batch", labels='sidecar.istio.io/inject: "false"')
PLUGGED = root_copy(COMPANY.pem.decode()) + cacerts(issue_intermediate(NOW, COMPANY), COMPANY)
COMPANYS = {
    "read": (PLUGGED, None, Fact.COMPANY_SIGNS),
    "not read": (root_copy(COMPANY.pem.decode()), None, Fact.CA_NOT_READ),
    "allowed by a policy": (PLUGGED, signing(issuer_names=("Company *",)), Fact.POLICY_ALLOWS),
    "not allowed by a policy": (PLUGGED, signing(issuer_names=("Other",)), Fact.POLICY_REFUSES),
    "with a policy about keys": (PLUGGED, signing(keys=("RSA",)), Fact.COMPANY_SIGNS),
    "beside pods without proxy": (PLUGGED + NAKED, None, Fact.WITHOUT_PROXY),
}


@pytest.mark.parametrize(("text", "policy", "fact"), COMPANYS.values(), ids=COMPANYS)
def test_a_companys_ca_under_istiod_stays(text, policy, fact):
    inside = advised(text, policy)[0]
    assert (inside.group, inside.now, inside.best) == (Group.INSIDE, Way.COMPANY_CA, Way.COMPANY_CA)
    assert fact in [reason.fact for reason in inside.reasons]


def test_without_a_word_about_the_ca_nothing_is_advised():
    (inside,) = advised(cart())
    assert (inside.best, inside.renewals, inside.reasons[0].fact) == (Way.UNKNOWN, None, Fact.CA_NOT_KNOWN)


def test_istiods_own_ca_stays_unless_a_policy_refuses_it():
    own = cacerts().replace("name: cacerts", "name: istio-ca-secret")
    (inside,) = advised(own)
    assert (inside.now, inside.best, inside.renewals) == (Way.AUTOMATIC, Way.AUTOMATIC, 0)
    (inside,) = advised(own, signing(issuer_names=("Company Root",)))
    assert (inside.now, inside.best) == (Way.AUTOMATIC, Way.COMPANY_CA)


SIMPLE = "{mode: SIMPLE, credentialName: partner-cert}"
OUTSIDE = {
    "renewed once a year, by hand": (rule() + cart() + secret(leaf(364)), Way.BY_HAND, Way.BY_HAND, Fact.SELDOM_DUE),
    "renewed every two months, by hand": (rule() + cart() + secret(leaf(89)), Way.BY_HAND, Way.KEPT, Fact.OFTEN_DUE),
    "by hand, while cert-manager is there": (
        rule() + cart() + secret(leaf(364)) + CERTIFICATE,
        Way.BY_HAND,
        Way.KEPT,
        Fact.ISSUER_AT_HAND,
    ),
    "kept by cert-manager": (rule() + cart() + secret(leaf(), annotations=KEPT), Way.KEPT, Way.KEPT, Fact.KEEPER),
    "a gateway's": (gateway(SIMPLE) + secret(leaf(364)), Way.BY_HAND, Way.BY_HAND, Fact.SERVER_CERTIFICATE),
    "not a certificate at all": (rule() + cart() + secret(tls_crt=b"none"), Way.BY_HAND, Way.BY_HAND, Fact.UNSOUND),
    "sidecars drop it": (rule(selector="") + cart() + secret(leaf(364)), Way.BY_HAND, Way.BY_HAND, Fact.DROPPED),
    "missing": (rule() + cart() + secret(leaf(), name="x"), Way.UNKNOWN, Way.UNKNOWN, Fact.UNSOUND),
}


@pytest.mark.parametrize(("text", "now", "best", "fact"), OUTSIDE.values(), ids=OUTSIDE)
def test_outside_of_the_mesh(text, now, best, fact):
    _, outside = advised(text)
    assert (outside.now, outside.best) == (now, best)
    assert fact in [reason.fact for reason in outside.reasons]


def test_a_secret_that_may_not_be_read_has_no_advice():
    text = rule() + cart(live=True)
    _, outside = advised(text, live=True, gaps=[forbidden(SECRET, "shop", "partner-cert")])
    assert (outside.best, outside.renewals, outside.ends_at) == (Way.UNKNOWN, None, None)


def test_where_no_proxy_was_seen_the_step_looks_for_one_everywhere():
    _, outside = advised(rule(), live=True)
    assert (outside.best, outside.reasons[-1].fact) == (Way.UNKNOWN, Fact.NOBODY_ASKS)
    assert step_words(outside) == "kubectl mtls status --advice -A"


def test_mutual_towards_a_service_of_the_mesh_is_for_the_meshs_own_ca():
    text = rule().replace("api.partner.example", "cart.shop.svc.cluster.local") + service() + cart() + secret(leaf())
    _, inside = advised(text)
    assert (inside.name, inside.best) == ("cart.shop.svc.cluster.local", Way.AUTOMATIC)
    assert [reason.fact for reason in inside.reasons] == [Fact.MUTUAL_INSIDE]


def test_towards_a_service_without_sidecar_mutual_is_right():
    plain = workload("cart", labels='sidecar.istio.io/inject: "false"')
    client = workload("web").replace("app: web", "app: web, role: client")
    text = rule(selector="{matchLabels: {role: client}}").replace("api.partner.example", "cart.shop.svc.cluster.local")
    _, outside = advised(text + service() + plain + client + secret(leaf(364)))
    assert outside.best is Way.BY_HAND


def test_one_secret_for_one_host_is_one_advice():
    assert len(advised(rule() + rule().replace("name: partner,", "name: second,") + cart() + secret(leaf()))) == 2


@pytest.mark.parametrize(("days", "renewals"), [(395, 1.0), (90, 365 / 60), (3, 182.5), (730, 365 / 700)])
def test_how_often_a_hand_renews(days, renewals):
    (standing,) = view_of(rule() + cart() + secret(leaf(days - 1))).standings
    assert renewals_per_year(standing.weakest) == pytest.approx(renewals)
