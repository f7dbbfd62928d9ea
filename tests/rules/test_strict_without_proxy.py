import pytest

from kubectl_mtls.model.kind import NAMESPACE
from kubectl_mtls.rules.strict_without_proxy import check
from tests.rules.mesh import forbidden, found, namespace, pod, policy, service, view_of

STRICT = policy(mode="STRICT")
HOST = pod(spec="hostNetwork: true")
CASES = {
    "in the host's network": (STRICT + service() + HOST, [("pod/cart-0 -n shop", "spec.hostNetwork")]),
    "in a namespace that asks for no proxy": (namespace() + STRICT + service() + pod(), [("pod/cart-0 -n shop", "")]),
    "a pod that opts out": (
        namespace(labels="istio-injection: enabled")
        + STRICT
        + service()
        + pod(labels='app: cart, sidecar.istio.io/inject: "false"'),
        [("pod/cart-0 -n shop", "")],
    ),
    "no finding: only the mesh says STRICT": (policy(mode="STRICT", namespace="istio-system") + service() + HOST, []),
    "no finding: PERMISSIVE promises nothing": (policy(mode="PERMISSIVE") + service() + HOST, []),
    "no finding: no Service sends there": (STRICT + HOST, []),
    "no finding here: others behind the Service have a proxy": (
        STRICT + service() + HOST + pod("cart-1", proxy=True),
        [],
    ),
    "no finding here: the pod should have one": (
        namespace(labels="istio-injection: enabled") + STRICT + service() + pod(),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_policies_that_nobody_enforces(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected


def test_where_namespaces_are_forbidden_nobody_knows_whether_a_proxy_is_asked_for() -> None:
    view = view_of(STRICT + service() + pod(), gaps=[forbidden(NAMESPACE, name="shop")])
    assert found(check, view) == []
