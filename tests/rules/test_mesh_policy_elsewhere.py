import pytest

from kubectl_mtls.model.kind import CONFIG_MAP
from kubectl_mtls.rules.mesh_policy_elsewhere import check
from tests.rules.mesh import forbidden, found, mesh_config, only, policy, view_of

ISTIOD = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: control, labels: {app: istiod}}
spec: {template: {spec: {containers: [{name: discovery, image: "istio/pilot:1.31.0"}]}}}
"""
IN_ISTIO_SYSTEM = policy(mode="STRICT", namespace="istio-system")
CASES = {
    "istio-system is not the root namespace": (
        mesh_config("config") + IN_ISTIO_SYSTEM,
        [("peerauthentication/default -n istio-system", "metadata.namespace")],
    ),
    "istiod lives elsewhere, and the root namespace is the default one": (
        ISTIOD + policy(mode="STRICT", namespace="control"),
        [("peerauthentication/default -n control", "metadata.namespace")],
    ),
    "no finding: istio-system is the root namespace": (mesh_config("istio-system") + IN_ISTIO_SYSTEM, []),
    "no finding: files without MeshConfig": (IN_ISTIO_SYSTEM, []),
    "no finding: an ordinary namespace": (mesh_config("config") + policy(mode="STRICT"), []),
    "no finding: it selects workloads of that namespace": (
        mesh_config("config") + policy("gw", namespace="istio-system", select="{app: gateway}"),
        [],
    ),
    "no finding: another revision's root namespace": (
        mesh_config("config") + mesh_config("istio-system", revision="canary") + IN_ISTIO_SYSTEM,
        [],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_policies_that_look_mesh_wide_and_are_not(text, expected):
    assert found(check, view_of(text)) == expected


def test_it_is_found_from_every_namespace():
    assert len(found(check, view_of(mesh_config("config") + IN_ISTIO_SYSTEM, namespaces=["shop"]))) == 1


@pytest.mark.parametrize(
    ("live", "fix"),
    [
        pytest.param(True, "kubectl mtls switch-mode mesh --to STRICT", id="on a cluster the mesh gets the same mode"),
        pytest.param(False, "write config in mesh.yaml:12", id="in a file the policy moves"),
    ],
)
def test_the_fix_brings_the_mode_to_where_the_mesh_looks_for_it(live: bool, fix: str) -> None:
    assert only(check, view_of(mesh_config("config") + IN_ISTIO_SYSTEM, live=live)).fix == fix


def test_where_mesh_config_is_forbidden_nothing_is_claimed():
    text = ISTIOD + policy(mode="STRICT", namespace="control")
    assert found(check, view_of(text, live=True, gaps=[forbidden(CONFIG_MAP, "control", "istio")])) == []
