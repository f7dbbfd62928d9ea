"""Who an object is, how old it is, and who changed a field of it when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.metadata import LAST_APPLIED, Changed, Metadata, Owner, parse_metadata
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document


def parse(kind: str = "PeerAuthentication", api_version: str = "security.istio.io/v1", **metadata: Any) -> Metadata:
    written = {"name": "default", "namespace": "shop", **metadata}
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": written}
    return parse_metadata(Document(manifest, ApiOrigin()))


def entry(manager: Any, time: Any, *path: str, operation: str = "Update") -> dict[str, Any]:
    owned: dict[str, Any] = {}
    for key in reversed(path):
        owned = {f"f:{key}": owned}
    return {"manager": manager, "operation": operation, "time": time, "fieldsV1": owned}


MODE = ("spec", "mtls", "mode")


def test_the_last_manager_that_owns_the_field_changed_it() -> None:
    found = parse(
        managedFields=[
            entry("kubectl-apply", "2026-01-01T00:00:00Z", *MODE),
            entry("kubectl-edit", "2026-02-01T00:00:00Z", *MODE),
            entry("argocd", "2026-03-01T00:00:00Z", "spec", "selector"),
        ]
    )
    assert found.changed("spec.mtls.mode") == Changed(datetime(2026, 2, 1, tzinfo=UTC), "kubectl-edit")
    assert found.changed("spec.mtls") == found.changed("spec.mtls.mode")
    assert found.changed("spec.portLevelMtls.8080.mode") is None


def test_a_port_of_a_policy_is_a_field_like_any_other() -> None:
    found = parse(managedFields=[entry("kubectl", "2026-01-01T00:00:00Z", "spec", "portLevelMtls", "8080", "mode")])
    assert found.changed("spec.portLevelMtls.8080.mode") == Changed(datetime(2026, 1, 1, tzinfo=UTC), "kubectl")


def test_who_owns_a_list_owns_what_is_in_it():
    found = parse(managedFields=[entry("kubectl", "2026-01-01T00:00:00Z", "spec", "subsets")])
    assert found.changed("spec.subsets.0.trafficPolicy.tls.mode") == Changed(
        datetime(2026, 1, 1, tzinfo=UTC), "kubectl"
    )
    assert found.changed("spec.trafficPolicy.tls.mode") is None


def test_an_empty_set_of_fields_owns_nothing():
    assert parse(managedFields=[{"manager": "x", "fieldsV1": {}}]).changed("spec.mtls.mode") is None


@pytest.mark.parametrize(
    "managed",
    [
        pytest.param([], id="none"),
        pytest.param([{"manager": "x", "time": "2026-01-01T00:00:00Z"}], id="no fields"),
        pytest.param([{"manager": "x", "fieldsV1": "text"}], id="fields of another shape"),
        pytest.param([entry("x", "garbage", *MODE)], id="no time at all"),
        pytest.param([entry("x", 5, *MODE)], id="a time of another shape"),
        pytest.param([entry(5, "2026-01-01T00:00:00Z", *MODE)], id="a manager of another shape"),
        pytest.param([entry("x", "0001-01-01T00:00:00+14:00", *MODE)], id="a time before time"),
    ],
)
def test_entries_that_say_nothing_leave_the_change_unknown(managed: list[Any]) -> None:
    assert parse(managedFields=managed).changed("spec.mtls.mode") is None


def test_a_change_may_come_without_time() -> None:
    assert parse(managedFields=[entry("x", None, *MODE)]).changed("spec.mtls.mode") == Changed(None, "x")


def test_the_last_applied_configuration_is_never_kept() -> None:
    found = parse(annotations={LAST_APPLIED: "the private key", "a": "b"})
    assert found.annotations == {"a": "b"}
    assert "private key" not in repr(found)


@pytest.mark.parametrize(
    ("references", "owner"),
    [
        ([], None),
        ([{"kind": "ReplicaSet", "name": "cart-5d4"}], None),
        ([{"kind": "ReplicaSet", "name": "cart-5d4", "controller": False}], None),
        (
            [{"kind": "A", "name": "a"}, {"kind": "ReplicaSet", "name": "r", "controller": True}],
            Owner("ReplicaSet", "r"),
        ),
    ],
)
def test_the_controller_owns_an_object(references: list[Any], owner: Owner | None) -> None:
    assert parse(ownerReferences=references).owner == owner


def test_cluster_scoped_kinds_have_no_namespace_and_others_default() -> None:
    assert parse("Namespace", "v1", namespace="x").namespace == ""
    assert parse(namespace=None).namespace == "default"


def test_age_order_is_creation_then_name_then_namespace_and_no_age_is_oldest() -> None:
    young = parse(creationTimestamp="2026-01-02T00:00:00Z", name="a")
    old = parse(creationTimestamp="2026-01-01T00:00:00Z", name="z")
    twin = parse(creationTimestamp="2026-01-01T00:00:00Z", name="b")
    elsewhere = parse(creationTimestamp="2026-01-01T00:00:00Z", name="b", namespace="bank")
    ageless = parse(name="zz")
    ordered = sorted([young, old, twin, elsewhere, ageless], key=lambda one: one.age_order)
    assert ordered == [ageless, elsewhere, twin, old, young]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"name": ""}, "metadata.name"),
        ({"name": None}, "metadata.name"),
        ({"name": 5}, "metadata.name"),
        ({"namespace": ["a"]}, "metadata.namespace"),
        ({"labels": {"version": 1}}, "metadata.labels.version"),
        ({"labels": "a=b"}, "metadata.labels"),
        ({"creationTimestamp": 2026}, "metadata.creationTimestamp"),
        ({"creationTimestamp": "2026"}, "metadata.creationTimestamp"),
        ({"ownerReferences": {}}, "metadata.ownerReferences"),
        ({"ownerReferences": [{"controller": True, "kind": 1}]}, "metadata.ownerReferences.0.kind"),
        ({"managedFields": "x"}, "metadata.managedFields"),
    ],
)
def test_malformed_metadata_names_its_field(metadata: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as malformed:
        parse(**metadata)
    assert malformed.value.field == field


def test_a_kind_that_nobody_knows_is_malformed() -> None:
    with pytest.raises(Malformed, match="kind: is not a kind this program reads"):
        parse("Kustomization", "kustomize.config.k8s.io/v1")
