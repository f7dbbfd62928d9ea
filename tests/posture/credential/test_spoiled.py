"""What goes out with a Secret is as good as that Secret."""

import pytest

from kubectl_mtls.certs.issue import issue
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.credential.spoiled import with_credentials
from kubectl_mtls.posture.mesh.outside_hosts import egress_of
from tests.rules.credentials import DAY, cart, leaf, root, rule, secret
from tests.rules.mesh import NOW, forbidden, view_of, workload

HOST = """---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: partner, namespace: shop}
spec:
  hosts: [api.partner.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
"""
ENDED = issue("cart", NOW, root(), sans=("DNS:x",), age=20 * DAY, lifetime=19 * DAY)
MESH = HOST + rule() + cart()


def verdicts(text: str, **how) -> list[Verdict | None]:
    view = view_of(text, **how)
    return [one.verdict for one in with_credentials(egress_of(view.resolver), view.standings)]


CASES = {
    "sound": (secret(leaf()), Verdict.MTLS),
    "about to end": (secret(leaf(1)), Verdict.MTLS),
    "ended": (secret(ENDED), Verdict.FAILS),
    "missing": ("", Verdict.FAILS),
    "without CA": (secret(leaf(), ca=None), Verdict.FAILS),
    "for servers only": (secret(leaf(extended_usages=("serverAuth",))), Verdict.FAILS),
    "in another namespace": (secret(leaf(), namespace="bank"), Verdict.FAILS),
}


@pytest.mark.parametrize(("text", "verdict"), CASES.values(), ids=CASES)
def test_a_call_is_as_good_as_its_secret(text, verdict):
    assert verdicts(MESH + text) == [verdict]


def test_what_is_not_known_of_the_secret_changes_nothing():
    text = HOST + rule() + cart(live=True)
    known = verdicts(text + secret(leaf()), live=True)
    assert verdicts(text, live=True, gaps=[forbidden(SECRET, "shop", "partner-cert")]) == known == [Verdict.MTLS]


def test_clients_without_the_rule_do_not_need_it():
    assert sorted(map(str, verdicts(MESH + workload("web")))) == ["FAILS", "PLAINTEXT"]


def test_plaintext_stays_plaintext_whatever_the_secret():
    assert verdicts(HOST + rule(selector="") + cart()) == [Verdict.PLAINTEXT]
