"""Is a running pod in the mesh? Its containers say; labels and annotations that ask for a proxy prove nothing."""

from typing import Any

import pytest

from kubectl_mtls.model.proxy import Interception, Proxy, detect_proxy, parse_interception

APP: dict[str, Any] = {"name": "app", "image": "app:1"}
INJECTED_LABELS = {
    "security.istio.io/tlsMode": "istio",
    "service.istio.io/canonical-name": "cart",
    "service.istio.io/canonical-revision": "v1",
    "sidecar.istio.io/inject": "true",
    "istio.io/rev": "default",
}
INJECTED_ANNOTATIONS = {"sidecar.istio.io/status": '{"containers":["istio-proxy"],"revision":"default"}'}


def proxy(*args: str, name: str = "istio-proxy", **more: Any) -> dict[str, Any]:
    return {"name": name, "image": "istio/proxyv2:1.31.0", "args": list(args), **more}


@pytest.mark.parametrize(
    ("spec", "labels", "annotations", "expected"),
    [
        pytest.param({"containers": [APP, proxy("proxy", "sidecar")]}, {}, {}, Proxy.SIDECAR, id="sidecar"),
        pytest.param({"containers": [proxy("proxy", "sidecar"), APP]}, {}, {}, Proxy.SIDECAR, id="sidecar first"),
        pytest.param({"containers": [APP, {"name": "istio-proxy"}]}, {}, {}, Proxy.SIDECAR, id="without arguments"),
        pytest.param(
            {"containers": [APP], "initContainers": [proxy("proxy", "sidecar", restartPolicy="Always")]},
            {},
            {},
            Proxy.NATIVE_SIDECAR,
            id="native sidecar",
        ),
        pytest.param(
            {"containers": [APP], "initContainers": [proxy("proxy", "sidecar")]},
            {},
            {},
            Proxy.NONE,
            id="an init container that ends is no sidecar",
        ),
        pytest.param(
            {"containers": [APP], "initContainers": [proxy(name="istio-init")]},
            {},
            {},
            Proxy.NONE,
            id="istio-init alone",
        ),
        pytest.param({"containers": [proxy("proxy", "router")]}, {}, {}, Proxy.GATEWAY, id="gateway"),
        pytest.param({"containers": [proxy("proxy", "waypoint")]}, {}, {}, Proxy.WAYPOINT, id="waypoint"),
        pytest.param(
            {"containers": [proxy()]},
            {"gateway.istio.io/managed": "istio.io-mesh-controller"},
            {},
            Proxy.WAYPOINT,
            id="a waypoint by its label, where arguments don't say",
        ),
        pytest.param(
            {"containers": [proxy("proxy", "router")]},
            {"gateway.istio.io/managed": "istio.io-gateway-controller"},
            {},
            Proxy.GATEWAY,
            id="a gateway of the Gateway API",
        ),
        pytest.param(
            {"containers": [{"name": "istio-proxy", "image": "auto"}]},
            {},
            {"inject.istio.io/templates": "gateway"},
            Proxy.GATEWAY,
            id="the gateway chart's container",
        ),
        pytest.param(
            {"containers": [APP, proxy("proxy", "sidecar")]},
            {},
            {"inject.istio.io/templates": "sidecar,custom"},
            Proxy.SIDECAR,
            id="a template of one's own",
        ),
        pytest.param(
            {"containers": [APP, proxy("proxy", "sidecar")]},
            {},
            {"inject.istio.io/templates": "grpc-agent"},
            Proxy.PROXYLESS,
            id="grpc-agent",
        ),
        pytest.param(
            {"containers": [APP, proxy()]},
            {},
            {"inject.istio.io/templates": " grpc-simple , x"},
            Proxy.PROXYLESS,
            id="grpc-simple among others",
        ),
        pytest.param(
            {"containers": [APP]},
            {},
            {"ambient.istio.io/redirection": "enabled"},
            Proxy.AMBIENT,
            id="ambient, captured",
        ),
        pytest.param(
            {"containers": [APP]},
            {},
            {"ambient.istio.io/redirection": "pending"},
            Proxy.NONE,
            id="ambient, not yet captured",
        ),
        pytest.param(
            {"containers": [APP]},
            {"istio.io/dataplane-mode": "ambient"},
            {},
            Proxy.NONE,
            id="ambient by label only is not captured",
        ),
        pytest.param(
            {"containers": [APP, proxy("proxy", "sidecar")]},
            {"istio.io/dataplane-mode": "ambient"},
            {"ambient.istio.io/redirection": "enabled"},
            Proxy.SIDECAR,
            id="the sidecar wins over ambient",
        ),
        pytest.param({"containers": [APP]}, INJECTED_LABELS, {}, Proxy.NONE, id="labels are no proof"),
        pytest.param(
            {"containers": [APP]}, {}, INJECTED_ANNOTATIONS, Proxy.NONE, id="the status annotation is no proof"
        ),
        pytest.param({"containers": [proxy(name="envoy")]}, {}, {}, Proxy.NONE, id="another container's name"),
        pytest.param({}, {}, {}, Proxy.NONE, id="no containers"),
    ],
)
def test_a_running_pod_has(
    spec: dict[str, Any], labels: dict[str, str], annotations: dict[str, str], expected: Proxy
) -> None:
    assert detect_proxy(spec, labels, annotations) is expected


@pytest.mark.parametrize("proxy", Proxy)
def test_policies_are_enforced_by_sidecars_only_and_an_identity_needs_a_proxy(proxy: Proxy) -> None:
    assert proxy.is_sidecar is (proxy.value in ("sidecar", "native sidecar"))
    assert proxy.in_mesh is (proxy.value not in ("none", "unknown"))


def test_without_annotations_all_but_istios_own_ports_are_captured() -> None:
    assert parse_interception({}) == Interception(frozenset({15020, 15021, 15090}), None, False)
    assert parse_interception({}).misses(8080) is None
