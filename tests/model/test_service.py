"""Services and EndpointSlices as they are written."""

from typing import Any

import pytest

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.service import (
    Endpoint,
    EndpointSlice,
    Service,
    ServicePort,
    parse_endpoint_slice,
    parse_service,
)


def service(spec: Any) -> Service:
    metadata = {"name": "cart", "namespace": "shop"}
    return parse_service(
        Document({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}, ApiOrigin())
    )


def slice_of(**written: Any) -> EndpointSlice:
    metadata = {"name": "cart-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "cart"}}
    manifest = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, **written}
    return parse_endpoint_slice(Document(manifest, ApiOrigin()))


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ({"port": 80}, ServicePort("", 80, 80, "TCP", "")),
        ({"port": 80, "targetPort": 8080}, ServicePort("", 80, 8080, "TCP", "")),
        ({"port": 80, "targetPort": "http"}, ServicePort("", 80, "http", "TCP", "")),
        ({"port": 80, "targetPort": 0}, ServicePort("", 80, 80, "TCP", "")),
        ({"port": 80, "targetPort": ""}, ServicePort("", 80, 80, "TCP", "")),
        ({"port": 80, "targetPort": None}, ServicePort("", 80, 80, "TCP", "")),
        (
            {"name": "dns", "port": 53, "protocol": "UDP", "appProtocol": "dns"},
            ServicePort("dns", 53, 53, "UDP", "dns"),
        ),
    ],
)
def test_a_port_is_read(port: dict[str, Any], expected: ServicePort) -> None:
    assert service({"ports": [port]}).ports == (expected,)


def test_what_a_service_leaves_out_has_kubernetes_defaults() -> None:
    found = service(None)
    assert (found.type, found.selector, found.ports, found.cluster_ip, found.external_name) == (
        "ClusterIP",
        {},
        (),
        "",
        "",
    )
    assert found.key == ("shop", "cart")


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("x", "spec"),
        ({"ports": {}}, "spec.ports"),
        ({"ports": [{"port": 80}, {"port": "http"}]}, "spec.ports.1.port"),
        ({"ports": ["80"]}, "spec.ports.0"),
        ({"selector": {"app": True}}, "spec.selector.app"),
        ({"type": 5}, "spec.type"),
    ],
)
def test_a_malformed_service_names_its_field_in_full(spec: Any, field: str) -> None:
    with pytest.raises(Malformed) as malformed:
        service(spec)
    assert malformed.value.field == field


def test_endpoints_name_their_pods() -> None:
    found = slice_of(
        ports=[{"name": "http", "port": 8080}, {"port": 9090}],
        endpoints=[
            {"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "a", "namespace": "bank"}},
            {"addresses": ["10.0.0.2"], "targetRef": {"kind": "Pod", "name": "b"}},
            {"addresses": ["10.0.0.3"], "targetRef": {"kind": "Node", "name": "n"}},
            {"addresses": ["10.0.0.4"], "conditions": {"ready": False, "terminating": False}},
        ],
    )
    assert (found.service, found.ports) == ("cart", {"http": 8080, "": 9090})
    assert found.endpoints == (
        Endpoint(("10.0.0.1",), ("bank", "a")),
        Endpoint(("10.0.0.2",), ("shop", "b")),
        Endpoint(("10.0.0.3",), None),
        Endpoint(("10.0.0.4",), None),
    )


@pytest.mark.parametrize(
    ("conditions", "terminating"),
    [
        pytest.param({}, False, id="no conditions"),
        pytest.param({"ready": True, "terminating": True}, False, id="addresses that are published though not ready"),
        pytest.param({"ready": False}, True, id="not ready and nobody says why"),
        pytest.param({"ready": False, "terminating": True}, True, id="shutting down"),
        pytest.param({"ready": False, "terminating": False}, False, id="not ready yet"),
        pytest.param({"terminating": True}, True, id="what the reduced coding leaves of shutting down"),
    ],
)
def test_an_endpoint_is_terminating_where_istiod_takes_it_so(conditions: dict[str, bool], terminating: bool) -> None:
    found = slice_of(endpoints=[{"addresses": ["10.0.0.1"], "conditions": conditions}])
    assert [one.terminating for one in found.endpoints] == [terminating]


@pytest.mark.parametrize("empty", [{}, {"ports": None, "endpoints": None}])
def test_a_slice_may_be_empty(empty: dict[str, Any]) -> None:
    found = slice_of(**empty)
    assert (found.ports, found.endpoints) == ({}, ())


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"ports": [{"port": "http"}]}, "ports.0.port"),
        ({"endpoints": [{"addresses": "10.0.0.1"}]}, "endpoints.0.addresses"),
        ({"endpoints": [{}, {"targetRef": []}]}, "endpoints.1.targetRef"),
        ({"endpoints": [{"targetRef": {"kind": "Pod", "name": 5}}]}, "endpoints.0.targetRef.name"),
    ],
)
def test_a_malformed_slice_names_its_field_in_full(written: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as malformed:
        slice_of(**written)
    assert malformed.value.field == field
