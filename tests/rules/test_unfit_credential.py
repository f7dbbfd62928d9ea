import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.unfit_credential import check
from tests.rules.credentials import cart, gateway, leaf, rule, secret
from tests.rules.mesh import view_of

SIMPLE = "{mode: SIMPLE, credentialName: partner-cert}"
CLIENT, SERVER = leaf(extended_usages=("clientAuth",)), leaf(extended_usages=("serverAuth",))
CASES = {
    "no finding: good for both roles": (rule() + cart() + secret(leaf()), []),
    "a server's certificate shown by a client": (rule() + cart() + secret(SERVER), [Severity.ERROR]),
    "no finding: a client's certificate shown by a client": (rule() + cart() + secret(CLIENT), []),
    "a client's certificate shown by a gateway": (gateway(SIMPLE) + secret(CLIENT), [Severity.ERROR]),
    "no finding: a server's certificate shown by a gateway": (gateway(SIMPLE) + secret(SERVER), []),
    "a host that it does not name": (gateway(SIMPLE, host="www.shop.example") + secret(leaf()), [Severity.WARNING]),
    "no finding: a host with a namespace in front": (gateway(SIMPLE, host="./cart.shop.example") + secret(leaf()), []),
    "no finding: any host": (gateway(SIMPLE, host='"*"') + secret(leaf()), []),
    "no finding: names of the client do not matter to it": (rule() + cart() + secret(leaf(names=("DNS:x",))), []),
    "no finding: without a selector nobody shows it": (rule(selector="") + cart() + secret(SERVER), []),
    "no finding: what fits no role is told of the Secret": (
        rule() + cart() + secret(leaf(extended_usages=("codeSigning",))),
        [],
    ),
}


@pytest.mark.parametrize(("text", "severities"), CASES.values(), ids=CASES)
def test_the_use_and_the_certificate(text, severities):
    assert [finding.severity for finding in check(view_of(text))] == severities
