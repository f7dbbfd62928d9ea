import pytest

from kubectl_mtls.rules.capture_wanted_but_absent import check
from tests.rules.mesh import found, namespace, pod, view_of

AMBIENT = namespace(labels="istio.io/dataplane-mode: ambient")
FINDING = [("pod/cart-0 -n shop", "metadata.annotations")]
CASES = {
    "the namespace asks": (AMBIENT + pod(), FINDING),
    "the pod asks": (namespace() + pod(labels="app: cart, istio.io/dataplane-mode: ambient"), FINDING),
    "no finding: captured": (AMBIENT + pod(annotations="ambient.istio.io/redirection: enabled"), []),
    "no finding: the pod opts out": (AMBIENT + pod(labels="app: cart, istio.io/dataplane-mode: none"), []),
    "no finding: it has a sidecar": (AMBIENT + pod(proxy=True), []),
    "no finding: in the host's network": (AMBIENT + pod(spec="hostNetwork: true"), []),
    "no finding: ztunnel itself": (AMBIENT + pod(labels="app: ztunnel"), []),
    "no finding: nobody asks": (namespace() + pod(), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_pods_that_ztunnel_should_have(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
