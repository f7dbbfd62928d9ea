import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.ignored_credential import check
from tests.rules.mesh import found, only, view_of, workload


def rule(tls: str, selector: str = "", place: str = "trafficPolicy: {{tls: {tls}}}") -> str:
    return f"""
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: partner, namespace: shop}}
spec:
  host: api.partner.example
  {selector}
  {place.format(tls=tls)}
"""


NAME = "destinationrule/partner -n shop"
MUTUAL = "{mode: MUTUAL, credentialName: partner-cert}"
SELECTOR = "workloadSelector: {matchLabels: {app: cart}}"
PORT = "trafficPolicy: {{portLevelSettings: [{{port: {{number: 443}}, tls: {tls}}}]}}"
SUBSET = "subsets: [{{name: v1, trafficPolicy: {{tls: {tls}}}}}]"
CASES = {
    "MUTUAL with a credential": (rule(MUTUAL), [(NAME, "spec.trafficPolicy.tls.credentialName")]),
    "SIMPLE with a credential": (
        rule("{mode: SIMPLE, credentialName: partner-ca}"),
        [(NAME, "spec.trafficPolicy.tls.credentialName")],
    ),
    "for a port": (rule(MUTUAL, place=PORT), [(NAME, "spec.trafficPolicy.portLevelSettings.0.tls.credentialName")]),
    "in a subset": (rule(MUTUAL, place=SUBSET), [(NAME, "spec.subsets.0.trafficPolicy.tls.credentialName")]),
    "no finding: with a workloadSelector": (rule(MUTUAL, SELECTOR), []),
    "no finding: an empty workloadSelector is one too": (rule(MUTUAL, "workloadSelector: {}"), []),
    "no finding: a ConfigMap holds no key": (rule("{mode: SIMPLE, credentialName: 'configmap://shop/ca'}"), []),
    "no finding: ISTIO_MUTUAL ignores the credential": (rule("{mode: ISTIO_MUTUAL, credentialName: x}"), []),
    "no finding: files inside the proxy": (rule("{mode: MUTUAL, clientCertificate: /c, privateKey: /k}"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_credentials_that_sidecars_never_get(text, expected):
    assert found(check, view_of(text)) == expected


def test_towards_a_service_of_the_mesh_the_fix_is_to_remove_the_block():
    service = """
apiVersion: v1
kind: Service
metadata: {name: partner, namespace: shop}
spec: {selector: {app: partner}, ports: [{port: 80}]}
---
"""
    text = service + rule(MUTUAL).replace("api.partner.example", "partner")
    (finding,) = check(view_of(text))
    assert "certificate of the mesh's own CA" in finding.message
    assert finding.fix.startswith("remove the tls block")


GATEWAY = """
---
apiVersion: v1
kind: Pod
metadata: {name: egress-0, namespace: shop, labels: {istio: egress}}
spec:
  containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: partner, namespace: shop}
spec:
  hosts: [api.partner.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 443, name: http, protocol: HTTP}]
"""


def test_a_rule_that_only_gateways_use_is_right():
    assert found(check, view_of(rule(MUTUAL) + GATEWAY)) == []


def test_beside_a_gateway_sidecars_are_warned_of():
    finding = only(check, view_of(rule(MUTUAL) + GATEWAY + workload("cart")))
    assert finding.severity is Severity.WARNING
    assert "through the gateway" in finding.fix


def test_without_a_gateway_it_is_an_error():
    entry = GATEWAY.partition("---\napiVersion: networking")
    text = rule(MUTUAL) + "---\napiVersion: networking" + entry[2] + workload("cart")
    assert only(check, view_of(text)).severity is Severity.ERROR
