import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.failing_connection import check
from tests.rules.mesh import found, only, policy, service, view_of, workload

ROUTER = workload("gw", annotations="inject.istio.io/templates: gateway")
FINDING = [("service/gw -n shop", "spec.ports")]


def gateway(port: str) -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: gw, namespace: shop}}
spec: {{selector: {{app: gw}}, servers: [{port}]}}
"""


HTTP = '{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}'
HTTPS = '{port: {number: 80, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE, credentialName: x}}'
CASES = {
    "no Gateway listens": ("", "http", FINDING),
    "a Gateway wants TLS": (gateway(HTTPS), "http", FINDING),
    "no finding: the application may speak TLS": (gateway(HTTPS), "https", []),
    "no finding: a Gateway takes plaintext": (gateway(HTTP), "http", []),
}


@pytest.mark.parametrize(("text", "name", "expected"), CASES.values(), ids=CASES)
def test_what_sidecars_find_at_a_gateway(text: str, name: str, expected: list[tuple[str, str]]) -> None:
    ports = f"{{name: {name}, port: 80, targetPort: 8080}}"
    assert found(check, view_of(text + ROUTER + service("gw", ports=ports) + workload("web"))) == expected


def test_it_is_a_note_at_gateways() -> None:
    text = ROUTER + service("gw", ports="{name: http, port: 80, targetPort: 8080}") + workload("web")
    finding = only(check, view_of(text))
    assert (finding.severity, finding.fix) == (Severity.INFO, "kubectl mtls explain any svc/gw:80 -n shop")


def test_what_another_rule_explains_is_not_said_twice() -> None:
    naked = policy(mode="DISABLE") + policy("cart", "STRICT", select="{app: cart}")
    assert found(check, view_of(service() + workload() + naked)) == []
