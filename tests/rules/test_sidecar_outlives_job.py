import pytest

from kubectl_mtls.rules.sidecar_outlives_job import check
from tests.rules.mesh import found, pod, view_of

NATIVE = "initContainers: [{name: istio-proxy, image: proxyv2, args: [proxy, sidecar], restartPolicy: Always}]"
CASES = {
    "a sidecar beside the job": (
        pod("nightly-x", proxy=True, owner="Job/nightly"),
        [("job/nightly -n shop", "spec.containers")],
    ),
    "no finding: a native sidecar": (pod("nightly-x", owner="Job/nightly", spec=NATIVE), []),
    "no finding: no sidecar": (pod("nightly-x", owner="Job/nightly"), []),
    "no finding: no job": (pod("cart-x", proxy=True, owner="ReplicaSet/cart"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_jobs_that_their_proxy_outlives(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
