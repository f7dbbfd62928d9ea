import pytest

from kubectl_mtls.rules.uncaptured_client import check
from tests.rules.mesh import found, policy, service, view_of, workload

KEY = "traffic.sidecar.istio.io/excludeOutboundPorts"
EXCLUDED = "traffic.sidecar.istio.io/excludeOutboundIPRanges"
INCLUDED = "traffic.sidecar.istio.io/includeOutboundIPRanges"
STRICT = policy(mode="STRICT")
CART = service() + workload()
ADDRESSED = service().replace("spec:", "spec:\n  clusterIP: 10.96.0.1", 1) + workload()
CASES = {
    "the port of a STRICT Service": (
        STRICT + CART + workload("web", annotations=f'{KEY}: "443,80"'),
        [("deployment/web -n shop", f"metadata.annotations.{KEY}")],
    ),
    "the address of a STRICT Service": (
        STRICT + ADDRESSED + workload("web", annotations=f'{EXCLUDED}: "10.96.0.0/16"'),
        [("deployment/web -n shop", f"metadata.annotations.{EXCLUDED}")],
    ),
    "an address that is not among the included": (
        STRICT + ADDRESSED + workload("web", annotations=f'{INCLUDED}: "10.0.0.0/24"'),
        [("deployment/web -n shop", f"metadata.annotations.{INCLUDED}")],
    ),
    "no finding: other addresses": (STRICT + ADDRESSED + workload("web", annotations=f'{EXCLUDED}: "1.2.3.4/32"'), []),
    "no finding: another port": (STRICT + CART + workload("web", annotations=f'{KEY}: "5432"'), []),
    "no finding: plaintext is let in": (CART + workload("web", annotations=f'{KEY}: "80"'), []),
    "no finding: no annotation": (STRICT + CART + workload("web"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_clients_that_go_past_their_proxy(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
