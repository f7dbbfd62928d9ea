import pytest

from kubectl_mtls.rules.uncaptured_client import check
from tests.rules.mesh import found, policy, service, view_of, workload

KEY = "traffic.sidecar.istio.io/excludeOutboundPorts"
STRICT = policy(mode="STRICT")
CART = service() + workload()
CASES = {
    "the port of a STRICT Service": (
        STRICT + CART + workload("web", annotations=f'{KEY}: "443,80"'),
        [("deployment/web -n shop", f"metadata.annotations.{KEY}")],
    ),
    "no finding: another port": (STRICT + CART + workload("web", annotations=f'{KEY}: "5432"'), []),
    "no finding: plaintext is let in": (CART + workload("web", annotations=f'{KEY}: "80"'), []),
    "no finding: no annotation": (STRICT + CART + workload("web"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_clients_that_go_past_their_proxy(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
