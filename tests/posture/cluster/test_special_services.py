"""Services that are not like others (3.7), and where the tlsMode of an endpoint comes from (3.5)."""

from typing import Any

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.connection import Way
from kubectl_mtls.posture.connection.fault import Fault, UnknownBy
from tests.posture.clients import HOST, client, connect, endpoints, mesh, networking, rule, server, service, workload
from tests.posture.meshes import manifest, mesh_config, policy

ALIAS = "alias.shop.svc.cluster.local"
ISTIO = {"security.istio.io/tlsMode": "istio"}


def alias(target: str) -> Manifest:
    spec = {"type": "ExternalName", "externalName": target, "ports": [{"port": 80}]}
    return manifest("v1", "Service", "shop", "alias", spec=spec)


@pytest.mark.parametrize(
    ("target", "more", "way", "wire", "verdict"),
    [
        pytest.param(HOST, [], Way.CLUSTER, "ISTIO_MUTUAL", "mTLS", id="a known target"),
        pytest.param(HOST, [rule(mode="DISABLE")], Way.CLUSTER, "PLAINTEXT", "PLAINTEXT", id="the target's rule"),
        pytest.param(
            HOST, [rule(host=ALIAS, mode="DISABLE")], Way.CLUSTER, "ISTIO_MUTUAL", "mTLS", id="a rule for the alias"
        ),
        pytest.param("api.example", [], Way.UNKNOWN_HOST, "PLAINTEXT", "PLAINTEXT", id="a target that nobody knows"),
    ],
)
def test_an_external_name_is_what_it_stands_for(
    target: str, more: list[Manifest], way: Way, wire: str, verdict: str
) -> None:
    found = connect(*mesh(alias(target), *more), host=ALIAS)
    if way is Way.UNKNOWN_HOST:
        assert (found.way, found.wire) == (way, wire)
    else:
        assert (found.way, found.wire, found.verdict) == (way, wire, verdict)


def entry(location: str, **endpoint: Any) -> Manifest:
    spec: dict[str, Any] = {
        "hosts": ["vm.example"],
        "location": location,
        "resolution": "STATIC" if endpoint else "DNS",
        "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}],
    }
    if endpoint:
        spec["endpoints"] = [{"address": "10.5.0.1", **endpoint}]
    return networking("ServiceEntry", "shop", "vm", **spec)


@pytest.mark.parametrize(
    ("entries", "wire"),
    [
        pytest.param(entry("MESH_INTERNAL", labels=ISTIO), "ISTIO_MUTUAL", id="its label says so"),
        pytest.param(entry("MESH_INTERNAL", serviceAccount="vm"), "ISTIO_MUTUAL", id="a serviceAccount will do"),
        pytest.param(entry("MESH_INTERNAL", weight=1), "PLAINTEXT", id="neither"),
        pytest.param(
            entry("MESH_INTERNAL", serviceAccount="vm", labels={"security.istio.io/tlsMode": "disabled"}),
            "PLAINTEXT",
            id="the label before the serviceAccount",
        ),
        pytest.param(entry("MESH_INTERNAL"), "PLAINTEXT", id="DNS without endpoints"),
        pytest.param(entry("MESH_EXTERNAL", labels=ISTIO), "PLAINTEXT", id="outside of the mesh it is never automatic"),
    ],
)
def test_machines_of_a_service_entry(entries: Manifest, wire: str) -> None:
    assert connect(client(), entries, host="vm.example").wire == wire


@pytest.mark.parametrize(
    ("labels", "wire"),
    [
        pytest.param({}, "ISTIO_MUTUAL", id="the injector's label"),
        pytest.param({"security.istio.io/tlsMode": "disabled"}, "PLAINTEXT", id="a label that says no"),
    ],
)
def test_pods_by_their_label(labels: dict[str, str], wire: str) -> None:
    assert connect(*mesh(behind=[server(labels=labels)])).wire == wire


def test_an_address_of_no_pod_is_one_without_proxy() -> None:
    slice_ = endpoints()
    slice_["endpoints"] = [{"addresses": ["10.9.9.9"]}]
    assert connect(client(), service(), slice_).wire == "PLAINTEXT"


def test_a_pod_whose_template_has_the_label_and_that_was_not_injected_reads_tls_as_garbage() -> None:
    stale = server(proxy=None, labels=ISTIO)
    assert connect(*mesh(behind=[stale])).outcome.fault is Fault.TLS_TO_PLAINTEXT


def test_a_gateways_pods_have_no_label_so_that_sidecars_send_plaintext_to_them() -> None:
    listener = {"port": {"number": 80, "protocol": "HTTP"}, "hosts": ["*"]}
    gateway = networking("Gateway", "shop", "gw", selector={"app": "cart"}, servers=[listener])
    router = server(proxy=("proxy", "router"))
    assert connect(*mesh(gateway, behind=[router])).wire == "PLAINTEXT"
    assert connect(*mesh(gateway, rule(mode="ISTIO_MUTUAL"), behind=[router])).wire == "ISTIO_MUTUAL"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param([], "PLAINTEXT", id="passed through in plaintext"),
        pytest.param([policy(mode="STRICT")], Fault.PLAINTEXT_REFUSED, id="which STRICT refuses"),
        pytest.param(
            [mesh_config("outboundTrafficPolicy: {mode: REGISTRY_ONLY}")],
            Fault.BLOCKED,
            id="or blocked (REGISTRY_ONLY)",
        ),
    ],
)
def test_a_host_that_is_not_imported(more: list[Manifest], expected: object) -> None:
    alone = networking("Sidecar", "front", "alone", egress=[{"hosts": ["./*"]}])
    found = connect(*mesh(alone, *more))
    assert found.way is Way.UNKNOWN_HOST
    assert expected in (found.verdict, found.outcome.fault)


def test_ports_that_the_clients_proxy_does_not_capture_go_out_in_plaintext() -> None:
    past = client(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "80"})
    found = connect(past, *mesh(rule(mode="ISTIO_MUTUAL"))[1:])
    assert (found.way, found.wire) == (Way.UNCAPTURED, "PLAINTEXT")


@pytest.mark.parametrize(
    ("annotations", "of_service", "past"),
    [
        pytest.param({}, {}, False, id="nothing said"),
        pytest.param({"excludeOutboundIPRanges": "10.96.0.0/16"}, {}, True, id="the Service's address"),
        pytest.param({"excludeOutboundIPRanges": "10.0.0.0/24"}, {}, False, id="that of its pod, which nobody calls"),
        pytest.param(
            {"excludeOutboundIPRanges": "10.0.0.0/24"}, {"clusterIP": "None"}, True, id="a headless Service's pods"
        ),
        pytest.param({"excludeOutboundIPRanges": "10.96.0.1/32,x"}, {}, True, id="what is no range is passed over"),
        pytest.param(
            {"excludeOutboundIPRanges": "10.96.0.1/32"},
            {"clusterIPs": ["10.96.0.1", "fd00::1"]},
            False,
            id="one of two addresses",
        ),
        pytest.param({"includeOutboundIPRanges": "*"}, {}, False, id="every address"),
        pytest.param({"includeOutboundIPRanges": "10.96.0.0/16"}, {}, False, id="an included address"),
        pytest.param({"includeOutboundIPRanges": "192.0.2.0/24"}, {}, True, id="another address is included"),
        pytest.param({"includeOutboundIPRanges": ""}, {}, True, id="no address is included"),
        pytest.param(
            {"includeOutboundIPRanges": "", "includeOutboundPorts": "80"}, {}, False, id="the port is, all the same"
        ),
        pytest.param(
            {"excludeOutboundPorts": "80", "includeOutboundPorts": "80"}, {}, True, id="what is excluded comes first"
        ),
    ],
)
def test_addresses_that_the_clients_proxy_does_not_capture(
    annotations: dict[str, str], of_service: dict[str, Any], past: bool
) -> None:
    caller = client(annotations={f"traffic.sidecar.istio.io/{key}": value for key, value in annotations.items()})
    found = connect(caller, *mesh(**of_service)[1:])
    assert (found.way, found.wire) == ((Way.UNCAPTURED, "PLAINTEXT") if past else (Way.CLUSTER, "ISTIO_MUTUAL"))


def test_a_gateway_has_no_iptables_before_it() -> None:
    gateway = client(proxy=("proxy", "router"), annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "80"})
    assert connect(gateway, *mesh()[1:]).way is Way.CLUSTER


def test_what_is_not_a_number_excludes_no_port() -> None:
    odd = client(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "²,٣,,x, 80 ,99999999"})
    assert connect(odd, *mesh()[1:]).way is Way.UNCAPTURED
    assert connect(odd, *mesh(port=443)[1:], port=443).way is Way.CLUSTER


def test_ports_kept_from_the_servers_proxy_get_tls_that_nobody_ends() -> None:
    kept = {"traffic.sidecar.istio.io/excludeInboundPorts": "8080"}
    assert connect(*mesh(behind=[server(annotations=kept)])).outcome.fault is Fault.TLS_TO_PLAINTEXT
    mended = policy("cart", "STRICT", select={"app": "cart"}, ports={8080: "DISABLE"})
    assert connect(*mesh(mended, behind=[server(annotations=kept)])).verdict == "PLAINTEXT"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param([], "PLAINTEXT", id="no auto mTLS"),
        pytest.param([policy(mode="STRICT")], Fault.PLAINTEXT_REFUSED, id="so STRICT refuses it"),
        pytest.param([rule(mode="ISTIO_MUTUAL")], UnknownBy.PROXYLESS, id="with a rule only the application knows"),
        pytest.param([rule(mode="ISTIO_MUTUAL", select={"app": "other"})], "PLAINTEXT", id="a rule for others"),
        pytest.param([rule(mode="SIMPLE")], "PLAINTEXT", id="SIMPLE is left out"),
        pytest.param(
            [rule(tls={"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k"})],
            "PLAINTEXT",
            id="MUTUAL is left out",
        ),
    ],
)
def test_grpc_without_proxy(more: list[Manifest], expected: object) -> None:
    proxyless = client(annotations={"inject.istio.io/templates": "grpc-agent"})
    found = connect(proxyless, *mesh(*more)[1:])
    assert expected in (found.verdict, found.outcome.fault, found.outcome.unknown)
    assert found.way is (Way.UNDECIDED if expected is UnknownBy.PROXYLESS else Way.PROXYLESS)


def test_udp_is_not_proxied() -> None:
    over_udp = service(ports=[{"name": "dns", "port": 80, "targetPort": 8080, "protocol": "UDP"}])
    found = connect(client(), server(), over_udp, endpoints(server()))
    assert found.outcome.unknown is UnknownBy.NOT_PROXIED


def test_pods_without_proxy_on_both_ends_speak_plaintext() -> None:
    naked = workload("web", "front", "10.0.1.1", proxy=None)
    found = connect(naked, *mesh(rule(mode="ISTIO_MUTUAL"), policy(mode="STRICT"), behind=[server(proxy=None)])[1:])
    assert (found.way, found.verdict) == (Way.NO_PROXY, "PLAINTEXT")
