import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.rules.strict_with_plaintext_pods import check
from tests.rules.mesh import (
    authorization,
    destination_rule,
    forbidden,
    found,
    only,
    pod,
    policy,
    service,
    tls,
    view_of,
)

STRICT = policy(mode="STRICT")
PROXIED = pod("cart-0", proxy=True)
NAKED = pod("cart-1")
FINDING = [("service/cart -n shop", "spec.selector")]
SLICE = """---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
ports: [{name: "", port: 8080}]
endpoints:
- {addresses: [10.0.0.1], targetRef: {kind: Pod, name: cart-0}}
- {addresses: [192.0.2.7]}
"""
CASES = {
    "one pod of two has no proxy": (STRICT + service() + PROXIED + NAKED, FINDING),
    "one finding for a Service with two ports": (
        STRICT + service(ports="{name: a, port: 80, targetPort: 8080}, {name: b, port: 81}") + PROXIED + NAKED,
        FINDING,
    ),
    "an address that is no pod": (STRICT + service() + PROXIED + SLICE, FINDING),
    "no finding: all have a proxy": (STRICT + service() + PROXIED + pod("cart-1", proxy=True), []),
    "no finding: none has a proxy": (STRICT + service() + NAKED, []),
    "no finding: nothing is STRICT": (service() + PROXIED + NAKED, []),
    "no finding: the pod without a proxy is behind another Service": (
        STRICT + service() + PROXIED + pod("ledger-0", labels="app: ledger"),
        [],
    ),
    "no finding here: a sidecar that is kept off the port is another fault": (
        STRICT
        + service()
        + PROXIED
        + pod("cart-1", proxy=True, annotations='traffic.sidecar.istio.io/excludeInboundPorts: "8080"'),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_services_of_which_a_part_is_strict(text, expected):
    assert found(check, view_of(text)) == expected


def test_behind_an_ordinary_service_a_share_of_the_traffic_is_open():
    finding = only(check, view_of(STRICT + service() + PROXIED + NAKED))
    assert finding.severity is Severity.WARNING
    assert finding.message.startswith("service/cart: 1 pod accepts only mutual TLS, but pod/cart-1 has no proxy")


def test_behind_a_headless_service_clients_fail():
    finding = only(check, view_of(STRICT + service(spec="clusterIP: None") + PROXIED + NAKED))
    assert finding.severity is Severity.ERROR
    assert "reset the connection" in finding.message


def test_headless_where_a_rule_makes_clients_send_mutual_tls_only_the_naked_pod_is_open():
    text = STRICT + service(spec="clusterIP: None") + PROXIED + NAKED + destination_rule(tls("ISTIO_MUTUAL"), "cart")
    assert only(check, view_of(text)).severity is Severity.WARNING


def test_headless_and_permissive_fails_where_an_identity_is_asked_for():
    asks = authorization('{principals: ["*"]}')
    finding = only(check, view_of(service(spec="clusterIP: None") + PROXIED + NAKED + asks))
    assert finding.severity is Severity.ERROR


def test_where_policies_are_forbidden_nothing_is_claimed():
    view = view_of(STRICT + service() + PROXIED + NAKED, gaps=[forbidden(PEER_AUTHENTICATION, "shop")])
    assert found(check, view) == []
