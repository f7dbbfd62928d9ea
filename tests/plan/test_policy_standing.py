"""Policies that count for no pod, and policies of a root namespace that only one control plane has."""

import pytest

from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.effect import ServiceEffect
from kubectl_mtls.plan.policy_target import find_namespace_policy, find_policy
from kubectl_mtls.plan.switch_server import plan_server_switch
from tests.plan.meshes import SHOP, codes, snapshot_of, switched
from tests.rules.mesh import forbidden, mesh_config, namespace, pod, policy, service

OLD, YOUNG = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def to_strict(snapshot: Snapshot, name: str, where: str = "shop") -> Plan:
    return plan_server_switch(snapshot, find_policy(snapshot, where, name), ServerMode.STRICT)


def with_selector(name: str, select: str, created: str = OLD, where: str = "shop") -> str:
    return policy(name, "DISABLE", select=select, created=created, namespace=where)


@pytest.mark.parametrize(
    ("texts", "why", "mend"),
    [
        pytest.param(
            (with_selector("new", "{app: cart}", YOUNG), with_selector("old", "{app: cart}")),
            "an older policy for the same pods decides", "pa/old", id="the same selector",
        ),
        pytest.param(
            (with_selector("new", "{app: none}", YOUNG), with_selector("old", "{app: none}")),
            "an older policy for the same pods decides", "pa/old", id="the same selector, of no pod",
        ),
        pytest.param(
            (with_selector("new", "{app: cart}", YOUNG), with_selector("old", "{tier: web}"),
             pod("cart-0", labels="app: cart, tier: web", proxy=True)),
            "an older policy for the same pods decides", "pa/old", id="another selector for all of its pods",
        ),
        pytest.param(
            (with_selector("new", "{app: none}"),), "its selector matches no pod", "--show-labels", id="no pod",
        ),
    ],
)  # fmt: skip
def test_policy_that_counts_for_no_pod_is_an_objection(texts: tuple[str, ...], why: str, mend: str):
    plan = to_strict(snapshot_of(SHOP, *texts), "new")
    assert codes(plan) == ["MTLS708"]
    assert why in plan.objections[0].message
    assert mend in (plan.objections[0].mend or "")


@pytest.mark.parametrize(
    ("snapshot", "where"),
    [
        pytest.param(snapshot_of(SHOP, with_selector("new", "{app: cart}")), "shop", id="the only one"),
        pytest.param(
            snapshot_of(
                SHOP, with_selector("new", "{app: cart}", YOUNG), with_selector("old", "{tier: web}"),
                pod("cart-1", labels="app: cart, tier: web", proxy=True),
            ),
            "shop", id="one of two pods",
        ),
        pytest.param(
            snapshot_of(namespace(), with_selector("new", "{app: none}"), live=False), "shop", id="files without pods"
        ),
        pytest.param(
            snapshot_of(namespace(), with_selector("new", "{app: none}"), gaps=[forbidden(POD)]), "shop", id="blind"
        ),
    ],
)  # fmt: skip
def test_policy_that_counts_or_may_raises_no_such_objection(snapshot: Snapshot, where: str):
    assert "MTLS708" not in codes(to_strict(snapshot, "new", where))


def revision(name: str) -> str:
    return f'sidecar.istio.io/status: \'{{"revision": "{name}"}}\''


def two_roots() -> Snapshot:
    """Control plane canary has root namespace mesh-root; none of the namespaces says so itself."""
    return snapshot_of(
        *map(namespace, ("istio-system", "mesh-root", "one", "two")),
        mesh_config("mesh-root", revision="canary") + mesh_config("istio-system", revision="stable"),
        service(namespace="one") + pod(namespace="one", proxy=True, annotations=revision("canary")),
        service(namespace="two") + pod(namespace="two", proxy=True, annotations=revision("stable")),
        pod("job", namespace="batch", labels="app: job"),
        policy(mode="PERMISSIVE", namespace="mesh-root"),
    )


def test_root_of_one_revision_reaches_all_its_namespaces():
    snapshot = two_roots()
    plan = switched(snapshot, "STRICT", "mesh-root")
    assert isinstance(plan.effect, ServiceEffect)
    assert [(row.namespace, row.after) for row in plan.effect.changed] == [("one", (("STRICT", 1),))]
    assert codes(plan) == ["MTLS701"]
    assert "mesh-root is the root namespace of revision canary" in plan.notes[0]
    assert find_policy(snapshot, "mesh-root", "default").scope is None
    assert find_namespace_policy(snapshot, "one").scope == "one"


def test_selector_in_a_root_of_another_revision_counts_for_the_pods_that_have_another_root():
    texts = (
        mesh_config("mesh-root", revision="canary") + mesh_config("istio-system", revision="stable"),
        with_selector("web", "{app: cart}", where="mesh-root"),
    )
    alive = snapshot_of(*texts, pod(namespace="mesh-root", proxy=True, annotations=revision("stable")))
    assert "MTLS708" not in codes(to_strict(alive, "web", "mesh-root"))
    dead = snapshot_of(*texts, pod(namespace="mesh-root", proxy=True, annotations=revision("canary")))
    assert codes(to_strict(dead, "web", "mesh-root")) == ["MTLS708"]
