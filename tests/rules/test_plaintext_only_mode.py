import pytest

from kubectl_mtls.rules.plaintext_only_mode import check
from tests.rules.mesh import authorization, found, only, pod, policy, service, view_of, workload

CART = workload() + service()
CASES = {
    "a namespace's DISABLE": (
        CART + policy(mode="DISABLE"),
        [("peerauthentication/default -n shop", "spec.mtls.mode")],
    ),
    "the mesh's DISABLE": (
        CART + policy(mode="DISABLE", namespace="istio-system"),
        [("peerauthentication/default -n istio-system", "spec.mtls.mode")],
    ),
    "a port's DISABLE": (
        CART + policy("cart", "STRICT", select="{app: cart}", ports="{8080: {mode: DISABLE}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")],
    ),
    "no finding: a workload overrules it": (
        CART + policy(mode="DISABLE") + policy("cart", "STRICT", select="{app: cart}"),
        [],
    ),
    "no finding: no sidecar that could enforce it": (
        workload(labels='sidecar.istio.io/inject: "false"') + service() + policy(mode="DISABLE"),
        [],
    ),
    "no finding here: clients fail by it, as a headless Service does not tell them": (
        workload() + service(spec="clusterIP: None") + policy("cart", "DISABLE", select="{app: cart}"),
        [],
    ),
    "no finding here: clients are refused, as they have no identity": (
        CART + policy(mode="DISABLE") + authorization('{principals: ["*"]}'),
        [],
    ),
    "no finding: no Service": (workload() + policy(mode="DISABLE"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_services_that_refuse_mutual_tls(text, expected):
    assert found(check, view_of(text)) == expected


def test_many_services_stay_one_sentence():
    text = "".join(workload(f"s{i}") + service(f"s{i}") for i in range(9)) + policy(mode="DISABLE")
    assert "service/s0:80, service/s1:80, service/s2:80 and 6 more" in only(check, view_of(text)).message


def test_the_fix_goes_to_strict_by_way_of_permissive():
    text = pod(proxy=True) + service() + policy(mode="DISABLE")
    assert only(check, view_of(text, live=True)).fix == "kubectl mtls switch-mode pa/default -n shop --to PERMISSIVE"
