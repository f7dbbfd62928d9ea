"""What a rule says for a port and subset (2.3), and what the proxy makes of each mode (2.4, 2.5)."""

from typing import Any

import pytest

from kubectl_mtls.posture.cluster.client_tls import Dropped
from tests.posture.clients import client, connect, endpoints, mesh, rule, server, service, workload

ON, OFF, ONE_WAY = {"mode": "ISTIO_MUTUAL"}, {"mode": "DISABLE"}, {"mode": "SIMPLE"}


def subset(**policy: Any) -> dict[str, Any]:
    return {"name": "v1", "labels": {"app": "cart"}, **({"trafficPolicy": policy} if policy else {})}


def entry(tls: Any = None) -> list[dict[str, Any]]:
    return [{"port": {"number": 80}, **({"tls": tls} if tls is not None else {})}]


@pytest.mark.parametrize(
    ("written", "of_subset", "wire"),
    [
        pytest.param({"mode": "DISABLE"}, None, "PLAINTEXT", id="the rule's own block"),
        pytest.param({"mode": "DISABLE", "ports": {80: ON}}, None, "ISTIO_MUTUAL", id="the port's entry"),
        pytest.param({"mode": "DISABLE", "ports": {8080: ON}}, None, "PLAINTEXT", id="the entry is by Service port"),
        pytest.param(
            {"mode": "SIMPLE", "ports": {80: None}}, None, "PLAINTEXT", id="an entry without tls inherits nothing"
        ),
        pytest.param({"tls": {}}, None, "PLAINTEXT", id="a block without mode is DISABLE"),
        pytest.param({"tls": {"sni": "x"}}, None, "PLAINTEXT", id="a block with other fields is DISABLE too"),
        pytest.param({"mode": "SIMPLE"}, subset(), "SIMPLE", id="a subset without policy"),
        pytest.param({"mode": "SIMPLE"}, subset(tls=OFF), "PLAINTEXT", id="the subset's own block"),
        pytest.param(
            {"mode": "SIMPLE"}, subset(loadBalancer={"simple": "RANDOM"}), "SIMPLE", id="a subset without tls"
        ),
        pytest.param({"mode": "SIMPLE"}, subset(tls=OFF, portLevelSettings=entry(ON)), "ISTIO_MUTUAL", id="its entry"),
        pytest.param({"ports": {80: ONE_WAY}}, subset(tls=OFF), "PLAINTEXT", id="a subset's block before the port's"),
        pytest.param({}, subset(tls=OFF), "PLAINTEXT", id="a rule whose only policy is the subset's"),
        pytest.param(
            {"mode": "SIMPLE"},
            subset(tls=ON, portLevelSettings=[{"port": {"number": 80}}]),
            "ISTIO_MUTUAL",
            id="the subset's entry without tls leaves it to auto mTLS",
        ),
        pytest.param(
            {"ports": {80: ONE_WAY}}, subset(portLevelSettings=entry(OFF)), "PLAINTEXT", id="entry against entry"
        ),
    ],
)
def test_the_block_that_holds_for_a_port(written: dict[str, Any], of_subset: dict[str, Any] | None, wire: str) -> None:
    found = rule(**written, subsets=[of_subset] if of_subset else [])
    assert connect(*mesh(found), subset="v1" if of_subset else None).wire == wire


@pytest.mark.parametrize(
    ("tls", "select", "wire", "dropped"),
    [
        pytest.param({"mode": "ISTIO_MUTUAL", "credentialName": "x"}, None, "ISTIO_MUTUAL", None, id="ignored with it"),
        pytest.param({"mode": "SIMPLE", "caCertificates": "/ca"}, None, "SIMPLE", None, id="one way, by file"),
        pytest.param({"mode": "SIMPLE"}, None, "SIMPLE", None, id="one way, by the system's roots"),
        pytest.param(
            {"mode": "SIMPLE", "credentialName": "x"},
            None,
            "PLAINTEXT",
            Dropped.CREDENTIAL_WITHOUT_SELECTOR,
            id="a credential without selector is plaintext",
        ),
        pytest.param({"mode": "SIMPLE", "credentialName": "x"}, {"app": "web"}, "SIMPLE", None, id="with selector"),
        pytest.param({"mode": "MUTUAL", "credentialName": "x"}, {}, "MUTUAL", None, id="with an empty selector"),
        pytest.param(
            {"mode": "SIMPLE", "credentialName": "configmap://front/ca"},
            None,
            "SIMPLE",
            None,
            id="a ConfigMap is for all",
        ),
        pytest.param(
            {"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k"},
            None,
            "MUTUAL",
            None,
            id="mutual by files",
        ),
        pytest.param(
            {"mode": "MUTUAL", "clientCertificate": "/c"}, None, "PLAINTEXT", Dropped.NO_KEY, id="mutual without key"
        ),
    ],
)
def test_what_a_mode_becomes(tls: Any, select: dict[str, str] | None, wire: str, dropped: Dropped | None) -> None:
    found = connect(*mesh(rule(tls=tls, select=select)))
    assert found.cluster is not None
    assert (found.wire, found.cluster.dropped) == (wire, dropped)


def test_a_gateway_takes_a_credential_without_selector() -> None:
    gateway = client(proxy=("proxy", "router"))
    tls = {"mode": "SIMPLE", "credentialName": "x"}
    found = connect(gateway, server(), service(), endpoints(server()), rule(tls=tls))
    assert found.wire == "SIMPLE"


def test_traffic_that_names_no_subset_does_not_hear_what_subsets_say() -> None:
    found = rule(mode="SIMPLE", subsets=[subset(tls=OFF)])
    assert connect(*mesh(found)).wire == "SIMPLE"


def test_istio_mutual_goes_to_endpoints_with_a_label_and_without() -> None:
    naked = workload("cart-2", "shop", "10.0.0.2", labels={"app": "cart"}, proxy=None)
    found = connect(*mesh(rule(mode="ISTIO_MUTUAL"), behind=[server(), naked]))
    assert [one.wire for one in found.results] == ["ISTIO_MUTUAL", "ISTIO_MUTUAL"]
