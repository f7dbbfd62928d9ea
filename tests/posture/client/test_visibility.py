"""Which hosts a client's proxy knows: exportTo of Services, Sidecar egress, names that several have."""

from typing import Any

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.connection import Way
from kubectl_mtls.posture.connection.fault import Fault
from tests.posture.clients import client, connect, endpoints, mesh, networking, server, service
from tests.posture.meshes import mesh_config


def sidecar(*hosts: str, namespace: str = "front", name: str = "sc", **spec: Any) -> Manifest:
    return networking("Sidecar", namespace, name, egress=[{"hosts": list(hosts)}], **spec)


def select(**labels: str) -> dict[str, Any]:
    return {"workloadSelector": {"labels": labels}}


@pytest.mark.parametrize(
    ("more", "of_service", "known"),
    [
        pytest.param([], {}, True, id="exported to everybody"),
        pytest.param([], {"annotations": {"networking.istio.io/exportTo": "."}}, False, id="private"),
        pytest.param([], {"annotations": {"networking.istio.io/exportTo": "~"}}, False, id="exported to nobody"),
        pytest.param([], {"annotations": {"networking.istio.io/exportTo": "bank, front"}}, True, id="to the client"),
        pytest.param([mesh_config('defaultServiceExportTo: ["."]')], {}, False, id="private by default"),
        pytest.param([sidecar("./*")], {}, False, id="a Sidecar with its own namespace only"),
        pytest.param([sidecar("./*", "shop/*")], {}, True, id="the service's namespace"),
        pytest.param([sidecar("*/*")], {}, True, id="everything"),
        pytest.param([sidecar("*/cart.shop.svc.cluster.local")], {}, True, id="by name"),
        pytest.param([sidecar("shop/*.local")], {}, True, id="by pattern"),
        pytest.param([sidecar("shop/other.shop.svc.cluster.local")], {}, False, id="another name"),
        pytest.param([sidecar("~/*")], {}, False, id="nothing"),
        pytest.param([sidecar("*/*", "~shop/*")], {}, False, id="everything but a namespace"),
        pytest.param([sidecar("./*", **select(app="other"))], {}, True, id="a Sidecar of other workloads"),
        pytest.param([sidecar("*/*"), sidecar("./*", name="x", **select(app="web"))], {}, False, id="selectors first"),
        pytest.param([sidecar("./*", namespace="istio-system")], {}, False, id="the root namespace's for all"),
        pytest.param([sidecar("*/*"), sidecar("./*", namespace="istio-system")], {}, True, id="its own first"),
        pytest.param([sidecar("nonsense")], {}, False, id="an entry without slash"),
        pytest.param(
            [networking("Sidecar", "front", "sc", egress=[{"hosts": ["*/*"], "port": {"number": 9}}])],
            {},
            False,
            id="a listener for another port",
        ),
    ],
)
def test_whether_a_host_is_known(more: list[Manifest], of_service: dict[str, Any], known: bool) -> None:
    found = connect(*mesh(*more, **of_service))
    assert (found.way is Way.CLUSTER) is known
    assert found.wire == ("ISTIO_MUTUAL" if known else "PLAINTEXT")


def test_a_virtual_service_imports_where_it_routes_to() -> None:
    route = {"route": [{"destination": {"host": "cart.shop.svc.cluster.local"}}]}
    virtual = networking("VirtualService", "front", "vs", hosts=["x.front.svc.cluster.local"], http=[route])
    assert connect(*mesh(sidecar("./*"), virtual)).way is Way.CLUSTER
    assert connect(*mesh(sidecar("~/*"), virtual)).way is Way.UNKNOWN_HOST


@pytest.mark.parametrize("where", ["sidecar", "mesh"])
def test_unknown_hosts_may_be_blocked(where: str) -> None:
    mode = {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}
    limited = sidecar("./*", **(mode if where == "sidecar" else {}))
    config = [mesh_config("outboundTrafficPolicy: {mode: REGISTRY_ONLY}")] if where == "mesh" else []
    assert connect(*mesh(limited, *config)).outcome.fault is Fault.BLOCKED


def test_a_service_entry_of_the_clients_namespace_replaces_a_service_of_the_same_name() -> None:
    squatter = networking(
        "ServiceEntry",
        "front",
        "cart",
        hosts=["cart.shop.svc.cluster.local"],
        location="MESH_EXTERNAL",
        resolution="STATIC",
        ports=[{"number": 80, "name": "http", "protocol": "HTTP"}],
        endpoints=[{"address": "192.0.2.1"}],
    )
    found = connect(*mesh(squatter))
    assert (found.wire, [one.endpoint.shown for one in found.results]) == ("PLAINTEXT", ["192.0.2.1:80"])


@pytest.mark.parametrize(
    ("machine", "wire"),
    [
        pytest.param({"serviceAccount": "vm"}, "ISTIO_MUTUAL", id="a machine with an identity"),
        pytest.param({}, "PLAINTEXT", id="a machine without"),
        pytest.param(
            {"serviceAccount": "vm", "labels": {"app": "cart", "security.istio.io/tlsMode": "disabled"}},
            "PLAINTEXT",
            id="a machine whose label says no",
        ),
    ],
)
def test_machines_are_behind_services_too(machine: dict[str, Any], wire: str) -> None:
    entry = {"address": "192.0.2.7", "labels": {"app": "cart"}, **machine}
    found = connect(client(), service(), endpoints(), networking("WorkloadEntry", "shop", "vm", **entry))
    assert [(one.endpoint.shown, one.wire) for one in found.results] == [("192.0.2.7:8080", wire)]


def test_endpoints_of_a_pod_that_is_not_there_are_none() -> None:
    assert connect(client(), service(), endpoints(server())).results == ()
