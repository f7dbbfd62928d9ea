import pytest

from kubectl_mtls.rules.lost_across_networks import check
from tests.rules.mesh import found, namespace, policy, service, view_of

GATEWAYS = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: "{}"
  meshNetworks: |
    networks: {there: {endpoints: [{fromRegistry: remote}], gateways: [{address: 192.0.2.9, port: 15443}]}}
"""
HERE = namespace("istio-system", "topology.istio.io/network: here")
DISABLED = policy("cart", "DISABLE", select="{app: cart}")


def machine(network: str) -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {{name: vm, namespace: shop}}
spec: {{address: 10.9.0.1, network: {network}, serviceAccount: cart, labels: {{app: cart}}}}
"""


CASES = {
    "the workload is DISABLE": (
        GATEWAYS + HERE + machine("there") + DISABLED,
        [("peerauthentication/cart -n shop", "spec.mtls.mode")],
    ),
    "its port is": (
        GATEWAYS
        + HERE
        + machine("there")
        + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")],
    ),
    "no finding: PERMISSIVE": (GATEWAYS + HERE + machine("there") + policy(mode="PERMISSIVE"), []),
    "no finding: in this network": (GATEWAYS + HERE + machine("here") + DISABLED, []),
    "no finding: no gateway leads there": (HERE + machine("there") + DISABLED, []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_endpoints_that_clients_do_not_get(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text + service())) == expected
