import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.revisions_differ import check
from tests.rules.mesh import found, mesh_config, only, service, view_of, workload

DEFAULT = mesh_config()
FINDING = [("configmap/istio-canary -n istio-system", "data.mesh")]
CASES = {
    "another trust domain": (mesh_config(revision="canary", more="trustDomain: shop.example"), FINDING),
    "another root namespace": (mesh_config("istio-config", revision="canary"), FINDING),
    "auto mTLS off in one": (mesh_config(revision="canary", more="enableAutoMtls: false"), FINDING),
    "an alias on one side only": (
        mesh_config(revision="canary", more="{trustDomain: shop.example, trustDomainAliases: [cluster.local]}").replace(
            "    rootNamespace: istio-system\n", ""
        ),
        FINDING,
    ),
    "no finding: equal settings": (mesh_config(revision="canary"), []),
    "no finding: the root namespace that is the default": (mesh_config("istio-system", revision="canary"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_settings_of_two_revisions(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(DEFAULT + text)) == expected


def test_one_revision_differs_from_nobody() -> None:
    assert found(check, view_of(mesh_config(revision="canary", more="trustDomain: shop.example"))) == []


def test_an_error_where_clients_of_one_fail_at_servers_of_the_other() -> None:
    canary = mesh_config(revision="canary", more="trustDomain: shop.example")
    cart = service() + workload(labels='istio.io/rev: canary, sidecar.istio.io/inject: "true"')
    assert only(check, view_of(DEFAULT + canary + cart)).severity is Severity.WARNING
    finding = only(check, view_of(DEFAULT + canary + cart + workload("web")))
    assert finding.severity is Severity.ERROR
    assert "at service/cart:80 -n shop 1 client workload gets" in finding.message
