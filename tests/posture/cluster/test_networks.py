"""Endpoints of other networks: behind gateways, and only where they are mutual (3.7)."""

from typing import Any

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.cluster.networks import Networks
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.fault import Fault
from tests.posture.clients import client, connect, mesh, networking, rule, server, service
from tests.posture.meshes import manifest, mesh_config, policy, snapshot_of

HERE = manifest("v1", "Namespace", None, "istio-system", metadata={"labels": {"topology.istio.io/network": "n1"}})
FAR = {"topology.istio.io/network": "n2"}


def networks(**more: Any) -> Manifest:
    """The mesh's ConfigMap with a gateway into n2."""
    n2 = "{endpoints: [{fromCidr: 10.9.0.0/16}], gateways: [{address: 192.0.2.2, port: 15443}]}"
    found = mesh_config(**more)
    found["data"]["meshNetworks"] = f"networks: {{n2: {n2}}}"
    return found


def remote_gateway(listener: dict[str, Any], **labels: str) -> Manifest:
    """A Gateway that stands for one in another cluster."""
    listener = {"name": "x", "port": 15443, "protocol": "TLS", "tls": {"mode": "Passthrough"}, **listener}
    spec = {
        "gatewayClassName": "istio-remote",
        "addresses": [{"type": "IPAddress", "value": "192.0.2.3"}],
        "listeners": [listener],
    }
    metadata = {"labels": {**FAR, **labels}}
    return manifest("gateway.networking.k8s.io/v1", "Gateway", "istio-system", "n2", metadata=metadata, spec=spec)


def machine(network: str = "n2", address: str = "10.9.0.1", **spec: Any) -> Manifest:
    """A WorkloadEntry behind Service cart."""
    spec = {"address": address, "labels": {"app": "cart"}, "serviceAccount": "cart", **spec}
    return networking("WorkloadEntry", "shop", "far", network=network, **spec)


def reached(found: Connection) -> list[tuple[str, str, list[str]]]:
    """What goes to each endpoint, and by which gateways."""
    return [
        (one.endpoint.shown, one.wire.value, [gateway.shown for gateway in one.sent.via])
        for one in found.results
        if one.sent is not None
    ]


NEAR = ("10.0.0.1:8080", "ISTIO_MUTUAL", [])
BEHIND = ("10.9.0.1:8080", "ISTIO_MUTUAL", ["192.0.2.2:15443"])
DIRECT = ("10.9.0.1:8080", "ISTIO_MUTUAL", [])


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param([networks(), HERE, machine()], [NEAR, BEHIND], id="its gateway stands for it"),
        pytest.param([HERE, machine()], [NEAR, DIRECT], id="without gateways it is reached directly"),
        pytest.param([networks(), HERE, machine("n1")], [NEAR, DIRECT], id="of the same network"),
        pytest.param([networks(), HERE, machine("n3")], [NEAR, DIRECT], id="of a network without gateway"),
        pytest.param([networks(), HERE, machine("")], [NEAR, DIRECT], id="of no network: that of the cluster"),
        pytest.param([networks(), machine("")], [NEAR, BEHIND], id="by its address, where no label says"),
        pytest.param([networks(), machine()], [NEAR, BEHIND], id="the cluster's own network has no name"),
        pytest.param(
            [networks(), HERE, machine("", labels={"app": "cart", **FAR})],
            [NEAR, BEHIND],
            id="by the label of a machine",
        ),
        pytest.param([networks(), HERE, machine(serviceAccount="")], [NEAR], id="what is not mutual is left out"),
        pytest.param(
            [networks(), HERE, machine(), policy("off", "DISABLE", select={"app": "cart"})],
            [("10.0.0.1:8080", "PLAINTEXT", [])],
            id="and what policies make plaintext (P30)",
        ),
        pytest.param(
            [networks(), HERE, machine(), rule(mode="SIMPLE")],
            [("10.0.0.1:8080", "SIMPLE", [])],
            id="and what a rule sends otherwise",
        ),
        pytest.param(
            [networks(), HERE, machine(), rule(mode="ISTIO_MUTUAL")], [NEAR, BEHIND], id="a rule with TLS of the mesh"
        ),
        pytest.param(
            [networks(), HERE, machine(address="")],
            [NEAR, (":8080", "ISTIO_MUTUAL", ["192.0.2.2:15443"])],
            id="its address is nobody's business",
        ),
        pytest.param([HERE, machine(address="")], [NEAR], id="without address or gateway nothing is there"),
        pytest.param(
            [HERE, machine(), remote_gateway({})],
            [NEAR, ("10.9.0.1:8080", "ISTIO_MUTUAL", ["192.0.2.3:15443"])],
            id="a Gateway of the Gateway API with the network's label",
        ),
        pytest.param(
            [HERE, machine(), remote_gateway({"port": 443})], [NEAR, DIRECT], id="another port leads elsewhere"
        ),
        pytest.param(
            [HERE, machine(), remote_gateway({"port": 443}, **{"networking.istio.io/gatewayPort": "443"})],
            [NEAR, ("10.9.0.1:8080", "ISTIO_MUTUAL", ["192.0.2.3:443"])],
            id="unless a label says so",
        ),
    ],
)
def test_how_endpoints_are_reached(objects: list[Manifest], expected: list[tuple[str, str, list[str]]]) -> None:
    assert reached(connect(*mesh(*objects))) == expected


def test_answers_about_other_networks_rest_on_documentation() -> None:
    assert connect(*mesh(networks(), HERE, machine())).basis == "documentation"
    assert connect(*mesh(networks(), HERE)).basis == "istiod"


def test_pods_name_their_network_themselves() -> None:
    far = server(labels=FAR)
    assert reached(connect(*mesh(networks(), HERE, behind=[far]))) == [
        ("10.0.0.1:8080", "ISTIO_MUTUAL", ["192.0.2.2:15443"])
    ]


def test_plaintext_never_gets_through_a_gateway_between_networks() -> None:
    closed = policy("off", "DISABLE")
    opened = policy("on", "STRICT", select={"app": "cart"})
    found = connect(client(), service(), networks(), HERE, machine(), closed, opened)
    assert [(one.wire, one.outcome.fault) for one in found.results] == [("PLAINTEXT", Fault.TLS_DEMANDED)]


def test_headless_services_are_not_split_by_network() -> None:
    far = server(labels=FAR)
    found = connect(*mesh(networks(), HERE, behind=[far], clusterIP="None"))
    assert reached(found) == [("10.0.0.1:8080", "ISTIO_MUTUAL", [])]


@pytest.mark.parametrize(
    ("objects", "here", "others"),
    [
        pytest.param([], "", {}, id="one network without a name"),
        pytest.param([HERE], "n1", {}, id="one network"),
        pytest.param([HERE, networks()], "n1", {"n2": ["192.0.2.2:15443"]}, id="two"),
        pytest.param([HERE, remote_gateway({})], "n1", {"n2": ["192.0.2.3:15443"]}, id="two by the Gateway API"),
    ],
)
def test_which_networks_there_are(objects: list[Manifest], here: str, others: dict[str, list[str]]) -> None:
    found = Networks(snapshot_of(objects))
    shown = {name: [gateway.shown for gateway in gateways] for name, gateways in found.others.items()}
    assert (found.here, shown) == (here, others)


def test_a_registry_names_the_network_of_its_cluster() -> None:
    found = mesh_config()
    found["data"]["meshNetworks"] = "networks: {n9: {endpoints: [{fromRegistry: Kubernetes}], gateways: []}}"
    assert Networks(snapshot_of([found])).here == "n9"


@pytest.mark.parametrize(
    "written",
    [
        "networks: {n2: 1}",
        "networks: []",
        "networks: {n2: {endpoints: 1}}",
        "networks: {n2: {gateways: [{address: a, port: x}]}}",
        "[]",
    ],
)
def test_malformed_networks_are_a_gap(written: str) -> None:
    found = mesh_config()
    found["data"]["meshNetworks"] = written
    (gap,) = snapshot_of([found]).gaps
    assert "data.meshNetworks" in gap.detail


def test_names_of_networks_may_have_dots() -> None:
    found = mesh_config()
    found["data"]["meshNetworks"] = "networks: {a.b: {gateways: [{address: 192.0.2.9, port: 1}]}, c: null, '1': {}}"
    others = Networks(snapshot_of([found])).others
    assert {name: len(gateways) for name, gateways in others.items()} == {"a.b": 1, "c": 0, "1": 0}


def test_where_no_namespace_says_so_pods_name_the_network_of_their_cluster() -> None:
    pods = [client(labels={"topology.istio.io/network": "n1"}), server(labels={"topology.istio.io/network": "n1"})]
    assert Networks(snapshot_of(pods)).here == "n1"
    assert Networks(snapshot_of([pods[0], server(labels=FAR)])).here == ""
