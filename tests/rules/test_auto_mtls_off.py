import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.auto_mtls_off import check
from tests.rules.mesh import destination_rule, found, mesh_config, only, policy, service, tls, view_of, workload

OFF = mesh_config(more="enableAutoMtls: false")
CART = service() + workload()
FINDING = [("configmap/istio -n istio-system", "data.mesh")]
CASES = {
    "PERMISSIVE servers get plaintext": (OFF + CART, FINDING),
    "STRICT servers refuse it": (OFF + CART + policy(mode="STRICT"), FINDING),
    "no finding: auto mTLS is on": (mesh_config() + CART, []),
    "no finding: a rule speaks for all hosts": (
        OFF + CART + destination_rule(tls("ISTIO_MUTUAL"), host="*.local"),
        [],
    ),
    "no finding: nobody would take mutual TLS": (OFF + CART + policy(mode="DISABLE"), []),
    "no finding: no server is in the mesh": (OFF + service() + workload(labels='sidecar.istio.io/inject: "false"'), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_plaintext_because_auto_mtls_is_off(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected


@pytest.mark.parametrize(("mode", "severity"), [("PERMISSIVE", Severity.WARNING), ("STRICT", Severity.ERROR)])
def test_an_error_where_servers_refuse_it(mode: str, severity: Severity) -> None:
    assert only(check, view_of(OFF + CART + policy(mode=mode))).severity is severity
