import pytest

from kubectl_mtls.model.kind import POD, SERVICE
from kubectl_mtls.rules.port_nobody_has import check
from tests.rules.mesh import forbidden, found, only, policy, service, view_of, workload


def ports(written: str) -> str:
    return policy("cart", select="{app: cart}", ports=written)


UNDECLARED = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata: {labels: {app: cart, sidecar.istio.io/inject: "true"}}
    spec: {containers: [{name: app, image: app}]}
"""
CASES = {
    "the Service's port instead of the pod's": (
        workload() + service() + ports("{80: {mode: STRICT}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.80")],
    ),
    "a port of nobody": (
        workload() + ports("{9999: {mode: STRICT}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.9999")],
    ),
    "one of two ports": (
        workload() + ports("{8080: {mode: STRICT}, 9999: {mode: STRICT}}"),
        [("peerauthentication/cart -n shop", "spec.portLevelMtls.9999")],
    ),
    "no finding: a container declares it": (workload() + ports("{8080: {mode: STRICT}}"), []),
    "no finding: a Service sends there by number": (UNDECLARED + service() + ports("{8080: {mode: STRICT}}"), []),
    "no finding: a Service sends there by the port's name": (
        workload(port=7000) + service(ports="{port: 80, targetPort: web}") + ports("{7000: {mode: STRICT}}"),
        [],
    ),
    "no finding: a Service without targetPort sends to its own number": (
        UNDECLARED + service(ports="{port: 80}") + ports("{80: {mode: STRICT}}"),
        [],
    ),
    "no finding here: no pod is selected at all": (workload("ledger") + ports("{80: {mode: STRICT}}"), []),
    "no finding here: no selector": (workload() + policy(ports="{80: {mode: STRICT}}"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_ports_that_no_selected_pod_has(text, expected):
    assert found(check, view_of(text)) == expected


def test_the_likely_slip_is_named_and_mended():
    finding = only(check, view_of(workload() + service() + ports("{80: {mode: STRICT}}")))
    assert finding.message.endswith(
        "80 is the port of service/cart, whose pods listen on 8080, and that is the port to name"
    )
    assert finding.fix.startswith("kubectl mtls switch-mode pa/cart -n shop --port 8080 --to STRICT")


def test_where_the_right_port_has_its_mode_the_wrong_one_goes():
    both = "{80: {mode: STRICT}, 8080: {mode: STRICT}}"
    assert only(check, view_of(workload() + service() + ports(both))).fix.startswith("remove spec.portLevelMtls.80 in")


@pytest.mark.parametrize("kind", [POD, SERVICE], ids=lambda kind: kind.plural)
def test_forbidden_pods_or_services_give_no_false_alarm(kind):
    text = UNDECLARED + ports("{8080: {mode: STRICT}}")
    assert found(check, view_of(text)) != []
    assert found(check, view_of(text, gaps=[forbidden(kind, "shop")])) == []
