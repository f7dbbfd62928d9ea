import pytest

from kubectl_mtls.rules.no_way_by_hbone import check
from tests.rules.mesh import found, only, pod, policy, service, view_of

STRICT = policy(mode="STRICT")
CAPTURED = "ambient.istio.io/redirection: enabled"
WEB = pod("web-0", namespace="front", labels="app: web", annotations=CAPTURED)
FINDING = [("namespace/shop", "metadata.labels")]
CASES = {
    "from ambient mode to a sidecar": (pod(proxy=True) + WEB + STRICT, FINDING),
    "from a sidecar to ambient mode": (
        pod(annotations=CAPTURED) + pod("web-0", labels="app: web", proxy=True) + STRICT,
        FINDING,
    ),
    "no finding: the sidecar listens for HBONE": (
        pod(labels="app: cart, networking.istio.io/tunnel: http", proxy=True) + WEB + STRICT,
        [],
    ),
    "no finding: plaintext is let in": (pod(proxy=True) + WEB, []),
    "no finding: both are in ambient mode": (pod(annotations=CAPTURED) + WEB + STRICT, []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_the_border_between_ambient_mode_and_sidecars(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(service() + text)) == expected


def test_one_finding_for_all_services_of_a_namespace() -> None:
    ledger = service("ledger") + pod("ledger-0", labels="app: ledger", proxy=True)
    message = only(check, view_of(service() + pod(proxy=True) + ledger + WEB + STRICT)).message
    assert message.startswith(
        "namespace/shop: mutual TLS only at service/cart:80 and service/ledger:80, but clients in"
    )


def test_it_says_that_it_is_told_by_documentation() -> None:
    assert "(basis: documentation)" in only(check, view_of(service() + pod(proxy=True) + WEB + STRICT)).message
