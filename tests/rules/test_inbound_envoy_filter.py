import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.kind import ENVOY_FILTER
from kubectl_mtls.rules.inbound_envoy_filter import check
from tests.rules.mesh import forbidden, found, judged, mesh_config, only, pod, view_of


def envoy_filter(
    apply_to: str = "LISTENER", context: str = "SIDECAR_INBOUND", *, namespace: str = "shop", select: str = "app: cart"
) -> str:
    return f"""---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: patch, namespace: {namespace}}}
spec:
  workloadSelector: {{labels: {{{select}}}}}
  configPatches:
  - {{applyTo: HTTP_FILTER}}
  - {{applyTo: {apply_to}, match: {{context: {context}}}}}
"""


FIELD = "spec.configPatches.1"
CART = pod(proxy=True)
CASES = {
    "the inbound listener": (CART + envoy_filter(), [("envoyfilter/patch -n shop", FIELD)]),
    "a filter chain in any direction": (
        CART + envoy_filter("FILTER_CHAIN", "ANY"),
        [("envoyfilter/patch -n shop", FIELD)],
    ),
    "from the root namespace": (
        CART + envoy_filter(namespace="istio-system", select=""),
        [("envoyfilter/patch -n istio-system", FIELD)],
    ),
    "no finding: outbound": (CART + envoy_filter(context="SIDECAR_OUTBOUND"), []),
    "no finding: an HTTP filter": (CART + envoy_filter("HTTP_FILTER"), []),
    "no finding: it selects nothing": (CART + envoy_filter(select="app: ledger"), []),
    "no finding: another namespace": (CART + envoy_filter(namespace="bank"), []),
    "no finding: istio-system is not the root namespace": (
        mesh_config("config") + CART + envoy_filter(namespace="istio-system"),
        [],
    ),
    "no finding: no sidecar": (pod() + envoy_filter(), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_filters_that_hide_the_mode(text, expected):
    assert found(check, view_of(text)) == expected


def test_it_is_a_note_with_a_command_that_shows_more():
    finding = only(check, view_of(CART + envoy_filter()))
    assert finding.severity is Severity.INFO
    assert "UNKNOWN" in finding.message
    assert finding.fix == "istioctl proxy-config listener cart-0 -n shop --port 15006 -o json"


def test_forbidden_filters_leave_the_rule_unchecked():
    judgement = judged(view_of(CART, gaps=[forbidden(ENVOY_FILTER)]))
    assert "MTLS503" in {one.rule.code for one in judgement.unchecked}
