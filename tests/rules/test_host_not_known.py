import pytest

from kubectl_mtls.rules.host_not_known import check
from tests.rules.mesh import found, only, policy, service, sidecar, view_of, workload

STRICT = policy(mode="STRICT")
CART = service() + workload()
WEB = workload("web", namespace="front")
FINDING = [("sidecar/default -n front", "spec.egress")]
HIDDEN = CART.replace(
    "name: cart, namespace: shop}", 'name: cart, namespace: shop, annotations: {networking.istio.io/exportTo: "."}}', 1
)
CASES = {
    "not imported": (sidecar('["./*"]') + STRICT + CART + WEB, FINDING),
    "not exported": (
        HIDDEN + STRICT + WEB,
        [("service/cart -n shop", "metadata.annotations.networking.istio.io/exportTo")],
    ),
    "no finding: imported": (sidecar('["./*", "shop/*"]') + STRICT + CART + WEB, []),
    "no finding: plaintext is let in": (sidecar('["./*"]') + CART + WEB, []),
    "no finding: no client lives by the Sidecar": (sidecar('["./*"]', namespace="other") + STRICT + CART + WEB, []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_services_that_proxies_do_not_know(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected


def test_one_finding_for_all_services_of_a_namespace_of_clients() -> None:
    text = sidecar('["./*"]') + STRICT + CART + service("ledger") + workload("ledger") + WEB
    assert "do not know service/cart:80 -n shop and service/ledger:80 -n shop" in only(check, view_of(text)).message
