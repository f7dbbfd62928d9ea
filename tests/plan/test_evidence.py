"""Who is known to call without a proxy: named by a code of its own, and only where something begins to refuse."""

import pytest

from kubectl_mtls.model.kind import API_SERVICE, CUSTOM_RESOURCE, INGRESS, VALIDATING_WEBHOOK
from kubectl_mtls.plan.change import Plan
from tests.plan.meshes import SHOP, codes, snapshot_of, switched
from tests.rules.mesh import forbidden, namespace, pod, policy, service

PERMISSIVE, STRICT = policy(mode="PERMISSIVE"), policy(mode="STRICT")
WEBHOOK = """---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: cart}
webhooks: [{name: a.cart, clientConfig: {service: {namespace: shop, name: cart, port: 80}}}]
"""
CONVERSION = """---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop}
spec: {conversion: {webhook: {clientConfig: {service: {namespace: shop, name: cart, port: 80}}}}}
"""
API = """---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.shop}
spec: {service: {namespace: shop, name: cart, port: 80}}
"""
INGRESSES = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{http: {paths: [{backend: {service: {name: cart, port: {number: 80}}}}]}}]}
"""
ASKING = """---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: who, namespace: shop}
spec: {rules: [{from: [{source: {namespaces: [front]}}]}]}
"""
NIGHTLY = pod("nightly", labels="app: nightly", owner="Job/nightly")
BALANCER = service(spec="type: LoadBalancer")
PROBED = "readinessProbe: {httpGet: {port: 8080}}"


def probed(probe: str, annotations: str = "") -> str:
    """The shop with a probe in its application's container."""
    return SHOP.replace("image: app,", f"image: app, {probe},").replace(
        "annotations: {}", f"annotations: {{{annotations}}}"
    )


def scraped(annotations: str) -> str:
    return SHOP.replace("annotations: {}", f"annotations: {{{annotations}}}")


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        pytest.param(SHOP, [], id="nobody"),
        pytest.param(SHOP + WEBHOOK, ["MTLS703"], id="a validating webhook"),
        pytest.param(SHOP + WEBHOOK.replace("Validating", "Mutating"), ["MTLS703"], id="a mutating webhook"),
        pytest.param(SHOP + WEBHOOK.replace("port: 80", "port: 81"), [], id="a webhook on another port"),
        pytest.param(SHOP + WEBHOOK.replace("namespace: shop", "namespace: bank"), [], id="a webhook elsewhere"),
        pytest.param(SHOP + CONVERSION, ["MTLS703"], id="a conversion webhook"),
        pytest.param(SHOP + API, ["MTLS703"], id="an APIService"),
        pytest.param(SHOP + INGRESSES, ["MTLS717"], id="an Ingress"),
        pytest.param(SHOP + INGRESSES.replace("spec: {", "spec: {ingressClassName: istio, "), [], id="Istio's Ingress"),
        pytest.param(SHOP + INGRESSES.replace("number: 80", "number: 81"), [], id="an Ingress to another port"),
        pytest.param(namespace() + BALANCER + pod(proxy=True), ["MTLS717"], id="a LoadBalancer"),
        pytest.param(probed(PROBED), ["MTLS718"], id="a probe that nobody turned"),
        pytest.param(probed(PROBED.replace("8080", "15020")), [], id="a probe that the injector turned"),
        pytest.param(scraped('prometheus.io/scrape: "true", prometheus.io/port: "8080"'), ["MTLS719"], id="scraped"),
        pytest.param(scraped('prometheus.io/scrape: "true"'), ["MTLS719"], id="scraped on all ports"),
        pytest.param(scraped('prometheus.io/scrape: "true", prometheus.io/port: "15020"'), [], id="merged metrics"),
        pytest.param(scraped('prometheus.io/scrape: "false"'), [], id="not scraped"),
        pytest.param(SHOP + NIGHTLY, ["MTLS720"], id="a Job beside it"),
        pytest.param(SHOP + pod("job", namespace="batch", labels="app: job"), ["MTLS701"], id="a pod elsewhere"),
    ],
)  # fmt: skip
def test_who_calls_without_a_proxy_is_an_objection_of_its_own(text: str, raised: list[str]) -> None:
    assert codes(switched(snapshot_of(text, PERMISSIVE), "STRICT")) == raised
    assert codes(switched(snapshot_of(text, STRICT), "PERMISSIVE")) == []


def test_what_an_authorization_policy_refuses_already_is_no_loss() -> None:
    text = SHOP + WEBHOOK + INGRESSES + NIGHTLY + ASKING
    assert codes(switched(snapshot_of(text, PERMISSIVE), "STRICT")) == []


def message(plan: Plan, code: str) -> str:
    return next(one.message for one in plan.objections if one.code == code)


def test_objections_name_what_is_called_by_whom() -> None:
    text = probed(PROBED, 'prometheus.io/scrape: "true"') + WEBHOOK + API + INGRESSES
    plan = switched(snapshot_of(text, NIGHTLY), "STRICT")
    assert message(plan, "MTLS703") == (
        "the API server calls what would refuse it: service/cart:80 -n shop (by validatingwebhookconfiguration/cart), "
        "service/cart:80 -n shop (by apiservice/v1.shop)"
    )
    assert message(plan, "MTLS717") == "reached from outside the mesh: service/cart -n shop (ingress/web)"
    assert message(plan, "MTLS718").endswith("pod/cart-0 -n shop (readinessProbe of app, port 8080)")
    assert message(plan, "MTLS719").endswith("pod/cart-0 -n shop (port 8080)")
    assert message(plan, "MTLS720").endswith("begins to refuse plaintext: job/nightly -n shop")


def test_a_webhook_whose_failure_is_ignored_comes_last_and_says_so() -> None:
    ignored = WEBHOOK.replace("name: cart}", "name: a}", 1).replace("name: a.cart", "failurePolicy: Ignore")
    plan = switched(snapshot_of(SHOP, ignored, WEBHOOK), "STRICT")
    assert message(plan, "MTLS703").endswith("(by validatingwebhookconfiguration/a, failurePolicy Ignore)")


@pytest.mark.parametrize(
    ("then", "now", "raised"),
    [
        pytest.param("DISABLE", "STRICT", ["MTLS716"], id="in one step"),
        pytest.param("DISABLE", "PERMISSIVE", [], id="the first of two"),
        pytest.param("PERMISSIVE", "STRICT", [], id="the second of two"),
    ],
)
def test_from_disable_to_strict_goes_by_permissive(then: str, now: str, raised: list[str]) -> None:
    assert codes(switched(snapshot_of(SHOP, policy(mode=then)), now)) == raised


@pytest.mark.parametrize("kind", [VALIDATING_WEBHOOK, API_SERVICE, CUSTOM_RESOURCE, INGRESS])
def test_evidence_that_could_not_be_read_is_named_and_stops_nothing(kind) -> None:
    plan = switched(snapshot_of(SHOP, PERMISSIVE, gaps=[forbidden(kind)]), "STRICT")
    assert codes(plan) == []
    assert plan.notes == (f"who calls without a proxy was not looked for everywhere: {kind.plural}: forbidden",)
    assert switched(snapshot_of(SHOP, STRICT, gaps=[forbidden(kind)]), "PERMISSIVE").notes == ()


def test_whom_a_network_policy_keeps_away_already_is_no_loss() -> None:
    closed = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: own, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
"""
    text = SHOP + namespace("batch") + pod("job", namespace="batch", labels="app: job")
    assert codes(switched(snapshot_of(text, PERMISSIVE), "STRICT")) == ["MTLS701"]
    assert codes(switched(snapshot_of(text, closed, PERMISSIVE), "STRICT")) == []
    assert codes(switched(snapshot_of(text, closed, NIGHTLY, PERMISSIVE), "STRICT")) == ["MTLS720"]
