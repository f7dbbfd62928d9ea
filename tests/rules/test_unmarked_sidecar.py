import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.unmarked_sidecar import check
from tests.rules.mesh import found, only, pod, policy, service, view_of, workload

LABEL = "security.istio.io/tlsMode"
FIELD = f"metadata.labels.{LABEL}"
UNMARKED = pod(labels=f"app: cart, {LABEL}: disabled", proxy=True)
BARE = pod(labels=f"app: cart, {LABEL}: istio", proxy=True).replace(f", {LABEL}: istio", "")


def machine(spec: str = "", labels: str = "app: cart") -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {{name: vm, namespace: shop}}
spec: {{address: 192.0.2.1, labels: {{{labels}}}{spec}}}
"""


OF_POD, OF_MACHINE = [("pod/cart-0 -n shop", FIELD)], [("workloadentry/vm -n shop", "spec.serviceAccount")]
STRICT = policy(mode="STRICT")
CASES = {
    "the label says disabled": (service() + UNMARKED, OF_POD),
    "there is no label": (service() + BARE, OF_POD),
    "another word": (service() + pod(labels=f"app: cart, {LABEL}: mutual", proxy=True), OF_POD),
    "a template says disabled": (
        service() + workload(labels=f'sidecar.istio.io/inject: "true", {LABEL}: disabled'),
        [("deployment/cart -n shop", FIELD)],
    ),
    "DISABLE itself, but clients of a headless Service take its STRICT neighbours for the same": (
        service(spec="clusterIP: None")
        + pod("cart-1", proxy=True)
        + pod(labels=f"app: cart, tier: old, {LABEL}: disabled", proxy=True)
        + policy("old", "DISABLE", select="{tier: old}")
        + STRICT,
        OF_POD,
    ),
    "a machine that is to be STRICT": (machine() + STRICT, OF_MACHINE),
    "no finding: the label is right": (service() + pod(proxy=True), []),
    "no finding: the policy is DISABLE": (service() + UNMARKED + policy(mode="DISABLE"), []),
    "no finding: there is no sidecar": (service() + pod(), []),
    "no finding: no Service sends there": (UNMARKED, []),
    "no finding: a machine with an identity": (machine(", serviceAccount: cart") + STRICT, []),
    "no finding: a machine with the label": (machine(labels=f"app: cart, {LABEL}: disabled") + STRICT, []),
    "no finding: only the mesh says STRICT to a machine": (
        machine() + policy(mode="STRICT", namespace="istio-system"),
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_proxies_that_clients_do_not_know_of(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected


@pytest.mark.parametrize("spec", ["", "clusterIP: None"], ids=["ordinary", "headless"])
def test_an_error_where_clients_are_refused(spec: str) -> None:
    assert only(check, view_of(service(spec=spec) + UNMARKED)).severity is Severity.WARNING
    assert only(check, view_of(service(spec=spec) + UNMARKED + STRICT)).severity is Severity.ERROR


def test_the_fix_of_a_running_pod_can_be_pasted() -> None:
    fix = f"kubectl label --overwrite -n shop pod/cart-0 {LABEL}=istio"
    assert only(check, view_of(service() + UNMARKED, live=True)).fix == fix
