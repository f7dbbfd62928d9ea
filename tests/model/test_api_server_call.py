"""What the API server calls, where Ingresses lead, and which probes reach the application itself."""

from typing import Any

import pytest

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot
from tests.posture.meshes import manifest

WEBHOOKS = "admissionregistration.k8s.io/v1"
HOOK = {"service": {"namespace": "shop", "name": "hook"}}


def snapshot_of(*manifests: Any) -> Snapshot:
    return build_snapshot(Reading(tuple(Document(one, ApiOrigin()) for one in manifests)), live=True)


def validating(**hook: Any) -> Any:
    return manifest(WEBHOOKS, "ValidatingWebhookConfiguration", None, "v", webhooks=[hook])


def custom_resource(**conversion: Any) -> Any:
    spec = {"conversion": conversion}
    return manifest("apiextensions.k8s.io/v1", "CustomResourceDefinition", None, "c", spec=spec)


def api_service(**spec: Any) -> Any:
    return manifest("apiregistration.k8s.io/v1", "APIService", None, "a", spec=spec)


MUTATING = manifest(
    WEBHOOKS,
    "MutatingWebhookConfiguration",
    None,
    "m",
    webhooks=[{"clientConfig": {"service": {**HOOK["service"], "port": 8443}}, "failurePolicy": "Ignore"}],
)


@pytest.mark.parametrize(
    ("one", "calls"),
    [
        pytest.param(
            validating(name="v", clientConfig=HOOK), [("webhooks.0.clientConfig.service", ("shop", "hook"), 443, True)],
            id="validating, default port",
        ),
        pytest.param(
            MUTATING, [("webhooks.0.clientConfig.service", ("shop", "hook"), 8443, False)], id="mutating, may fail",
        ),
        pytest.param(validating(clientConfig={"url": "https://a"}), [], id="a webhook outside"),
        pytest.param(
            custom_resource(strategy="Webhook", webhook={"clientConfig": HOOK}),
            [("spec.conversion.webhook.clientConfig.service", ("shop", "hook"), 443, True)], id="conversion",
        ),
        pytest.param(custom_resource(strategy="None"), [], id="no conversion"),
        pytest.param(api_service(**HOOK), [("spec.service", ("shop", "hook"), 443, True)], id="APIService"),
        pytest.param(api_service(), [], id="served by itself"),
    ],
)  # fmt: skip
def test_services_that_the_api_server_calls(one: Any, calls: list[Any]) -> None:
    found = snapshot_of(one).api_server_calls
    assert [(call.field, call.service, call.port, call.is_vital) for call in found] == calls


def test_backends_of_an_ingress_are_those_of_paths_and_the_default() -> None:
    def backend(service: str, port: Any) -> dict[str, Any]:
        return {"service": {"name": service, "port": port}}

    spec = {
        "defaultBackend": backend("front", {"number": 80}),
        "rules": [
            {
                "http": {
                    "paths": [{"backend": backend("cart", {"name": "web"})}, {"backend": {"resource": {"kind": "X"}}}]
                }
            },
            {"host": "no-paths.example"},
        ],
    }
    (found,) = snapshot_of(manifest("networking.k8s.io/v1", "Ingress", "shop", "i", spec=spec)).ingresses
    assert [(one.service, one.port) for one in found.backends] == [("front", 80), ("cart", "web")]


@pytest.mark.parametrize(
    ("container", "ports"),
    [
        pytest.param({"livenessProbe": {"httpGet": {"port": 8080}}}, [8080], id="HTTP"),
        pytest.param({"readinessProbe": {"grpc": {"port": 9000}}}, [9000], id="gRPC"),
        pytest.param(
            {"startupProbe": {"httpGet": {"port": "web"}}, "ports": [{"name": "web", "containerPort": 81}]}, [81],
            id="by the port's name",
        ),
        pytest.param({"livenessProbe": {"httpGet": {"port": "8080"}}}, [8080], id="a number as text"),
        pytest.param({"livenessProbe": {"httpGet": {"port": 15020}}}, [], id="rewritten by the injector"),
        pytest.param({"livenessProbe": {"tcpSocket": {"port": 8080}}}, [], id="TCP is always answered"),
        pytest.param({"livenessProbe": {"exec": {"command": ["true"]}}}, [], id="a command"),
        pytest.param({"name": "istio-proxy", "readinessProbe": {"httpGet": {"port": 8080}}}, [], id="the proxy's own"),
        pytest.param({}, [], id="none"),
    ],
)  # fmt: skip
def test_probes_that_reach_the_application(container: Any, ports: list[int]) -> None:
    pod = manifest("v1", "Pod", "shop", "cart", spec={"containers": [{"name": "app", **container}]})
    (found,) = snapshot_of(pod).pods.values()
    assert [probe.port for probe in found.probes] == ports
