"""Which control planes there are, and what each makes of workloads that no policy speaks of."""

import pytest

from kubectl_mtls.model.kind import CONFIG_MAP, PEER_AUTHENTICATION
from kubectl_mtls.posture.mesh.planes import resolve_planes
from tests.posture.meshes import NEW, ROOT, forbidden, istiod, mesh_config, policy, snapshot_of, tag


def test_a_mesh_without_any_trace_of_istiod_has_istios_defaults() -> None:
    (plane,) = resolve_planes(snapshot_of([]))
    assert (plane.revision, plane.istiod, plane.assumed, plane.default_mode) == ("default", None, True, "PERMISSIVE")
    assert (plane.mesh.root_namespace, plane.mesh.trust_domain, plane.mesh.auto_mtls) == (ROOT, "cluster.local", True)


def test_every_revision_has_its_own_configuration_and_policy() -> None:
    mesh = [
        istiod(),
        istiod("1-31"),
        mesh_config("trustDomain: corp"),
        mesh_config("rootNamespace: config", revision="1-31"),
        policy("default", "STRICT", namespace="config"),
        tag("default", "1-31"),
    ]
    first, second = resolve_planes(snapshot_of(mesh))
    assert (first.revision, first.mesh.root_namespace, first.default_mode) == ("1-31", "config", "STRICT")
    assert (second.revision, second.mesh.trust_domain, second.default_mode) == ("default", "corp", "PERMISSIVE")


@pytest.mark.parametrize(
    ("policies", "mode", "name"),
    [
        pytest.param([], "PERMISSIVE", None, id="none"),
        pytest.param([policy("a", "STRICT", namespace=ROOT)], "STRICT", "a", id="one"),
        pytest.param([policy("a", None, namespace=ROOT)], "PERMISSIVE", "a", id="one that says UNSET"),
        pytest.param([policy("a", "STRICT", namespace=ROOT, select={"a": "b"})], "PERMISSIVE", None, id="a selector"),
        pytest.param(
            [policy("a", "STRICT", namespace=ROOT, created=NEW), policy("b", "DISABLE", namespace=ROOT)],
            "DISABLE",
            "b",
            id="the older of two",
        ),
    ],
)
def test_the_default_mode_is_the_mesh_policys(policies: list[dict[str, object]], mode: str, name: str | None) -> None:
    (plane,) = resolve_planes(snapshot_of(policies))
    assert plane.default_mode == mode
    assert (plane.policy.metadata.name if plane.policy else None) == name


@pytest.mark.parametrize(
    "gap", [forbidden(PEER_AUTHENTICATION, ROOT), forbidden(PEER_AUTHENTICATION), forbidden(CONFIG_MAP, ROOT, "istio")]
)
def test_what_could_not_be_read_makes_the_default_mode_unknown(gap: object) -> None:
    (plane,) = resolve_planes(snapshot_of([], gaps=[gap]))  # type: ignore[list-item]  # tests only
    assert (plane.default_mode, plane.gap) == (None, gap)


def test_a_gap_that_hides_no_mesh_policy_changes_nothing() -> None:
    gaps = [forbidden(PEER_AUTHENTICATION, "shop"), forbidden(CONFIG_MAP, "shop", "other")]
    (plane,) = resolve_planes(snapshot_of([], gaps=gaps))
    assert (plane.default_mode, plane.gap) == ("PERMISSIVE", None)


@pytest.mark.parametrize(
    ("image", "known"),
    [
        ("istio/pilot:1.31.0", True),
        ("istio/pilot:1.28.10-distroless", True),
        ("istio/pilot:1.27.0", False),
        ("istio/pilot:1.3.0", False),
        ("istio/pilot@sha256:0", False),
    ],
)
def test_releases_whose_rules_were_compared_are_known(image: str, known: bool) -> None:
    (plane,) = resolve_planes(snapshot_of([istiod(image=image)]))
    assert plane.version_is_known is known


def test_an_istiod_without_configuration_is_assumed_to_have_istios_defaults() -> None:
    (plane,) = resolve_planes(snapshot_of([istiod("1-31")]))
    assert (plane.revision, plane.assumed) == ("1-31", True)
