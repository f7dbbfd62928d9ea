"""What is read of the Gateway API's objects, and what a field of the wrong shape makes of them."""

from typing import Any

import pytest

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot


def snapshot(kind: str, spec: Any, version: str = "v1", **rest: Any) -> Snapshot:
    metadata = {"name": "one", "namespace": "shop", **rest.pop("metadata", {})}
    one = {
        "apiVersion": f"gateway.networking.k8s.io/{version}",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
        **rest,
    }
    return build_snapshot(Reading((Document(one, ApiOrigin()),)), live=True)


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        pytest.param("Gateway", {"listeners": 1}, "spec.listeners", id="listeners"),
        pytest.param("Gateway", {"listeners": [{"port": "x"}]}, "spec.listeners.0.port", id="port"),
        pytest.param("Gateway", {"listeners": [{"tls": "x"}]}, "spec.listeners.0.tls", id="tls"),
        pytest.param(
            "Gateway",
            {"listeners": [{}, {"tls": {"certificateRefs": [1]}}]},
            "spec.listeners.1.tls.certificateRefs.0",
            id="certificateRefs",
        ),
        pytest.param(
            "Gateway",
            {"tls": {"frontend": {"default": {"validation": 1}}}},
            "spec.tls.frontend.default.validation",
            id="validation",
        ),
        pytest.param("Gateway", {"addresses": [{"type": 1}]}, "spec.addresses.0.type", id="address"),
        pytest.param("GatewayClass", {"controllerName": 1}, "spec.controllerName", id="controller"),
        pytest.param("ReferenceGrant", {"from": [{"group": 1}]}, "spec.from.0.group", id="grant"),
        pytest.param("BackendTLSPolicy", {"targetRefs": {}}, "spec.targetRefs", id="targets"),
        pytest.param("BackendTLSPolicy", {"validation": {"hostname": []}}, "spec.validation.hostname", id="hostname"),
    ],
)
def test_a_field_of_the_wrong_shape_is_a_gap_that_names_it(kind: str, spec: Any, field: str) -> None:
    (gap,) = snapshot(kind, spec).gaps
    assert gap.detail.startswith(f"{kind} one: {field} should be")


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_older_versions_are_the_same_object(version: str) -> None:
    (found,) = snapshot(
        "Gateway", {"gatewayClassName": "istio", "listeners": [{"name": "a"}]}, version
    ).kubernetes_gateways
    assert (found.class_name, found.listeners[0].name, found.is_programmed) == ("istio", "a", False)


def test_an_address_in_the_status_says_that_it_runs() -> None:
    (found,) = snapshot("Gateway", {}, status={"addresses": [{"value": "192.0.2.1"}]}).kubernetes_gateways
    assert found.is_programmed


def test_of_two_entries_for_a_port_the_first_counts() -> None:
    def entry(mode: str) -> dict[str, Any]:
        return {"port": 443, "tls": {"validation": {"mode": mode}}}

    frontend = {"perPort": [entry("AllowInsecureFallback"), entry("AllowValidOnly")]}
    (found,) = snapshot("Gateway", {"tls": {"frontend": frontend}}).kubernetes_gateways
    assert found.frontend_by_port[443].lets_others_in


@pytest.mark.parametrize(("written", "ignored"), [("true", True), ("True", True), ("false", False), ("yes", False)])
def test_a_policy_may_be_ignored_by_annotation(written: str, ignored: bool) -> None:
    metadata = {"annotations": {"istio.io/ignore-policy-attachment": written}}
    (found,) = snapshot("BackendTLSPolicy", {}, metadata=metadata).backend_tls_policies
    assert found.ignored is ignored
