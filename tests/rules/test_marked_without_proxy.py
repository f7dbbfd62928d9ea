import pytest

from kubectl_mtls.rules.marked_without_proxy import check
from tests.rules.mesh import destination_rule, found, pod, service, tls, view_of, workload

LABEL = "security.istio.io/tlsMode"
MARKED = pod(labels=f"app: cart, {LABEL}: istio")
WEB = workload("web")
FINDING = [("pod/cart-0 -n shop", f"metadata.labels.{LABEL}")]
CASES = {
    "the label without a proxy": (service() + MARKED + WEB, FINDING),
    "headless": (service(spec="clusterIP: None") + MARKED + WEB, FINDING),
    "no finding: the pod has its proxy": (service() + pod(proxy=True) + WEB, []),
    "no finding: no label": (service() + pod() + WEB, []),
    "no finding: no client has a proxy": (service() + MARKED, []),
    "no finding: a rule makes clients send plaintext": (
        service() + MARKED + WEB + destination_rule(tls("DISABLE"), "cart"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_mutual_tls_that_nobody_ends(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
