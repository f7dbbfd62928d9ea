"""Everything that was read as one value: nothing raises, what can't be used is a gap, a reject or a duplicate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.gap import GapReason
from kubectl_mtls.model.kind import (
    GATEWAY,
    KIND_BY_ALIAS,
    KINDS,
    KUBERNETES_GATEWAY,
    PEER_AUTHENTICATION,
    find_kind,
)
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot


def snapshot(text: str, *, live: bool = False) -> Snapshot:
    documents = tuple(Document(value, origin) for value, origin in parse_objects(text, "mesh.yaml"))
    return build_snapshot(Reading(documents), live=live)


def policy(name: str, mode: str = "STRICT", version: str = "v1") -> str:
    return (
        f"---\napiVersion: security.istio.io/{version}\nkind: PeerAuthentication\n"
        f"metadata: {{name: {name}, namespace: shop}}\nspec:\n  mtls:\n    mode: {mode}\n"
    )


def test_nothing_read_is_an_empty_mesh() -> None:
    assert build_snapshot(Reading(), live=True) == Snapshot(live=True)


def test_of_an_object_that_is_there_twice_the_later_counts() -> None:
    found = snapshot(policy("default", "STRICT") + policy("default", "DISABLE"))
    assert [one.mode for one in found.peer_authentications] == ["DISABLE"]
    (duplicate,) = found.duplicates
    assert (str(duplicate.ref), str(duplicate.earlier), str(duplicate.later)) == (
        "peerauthentication/default",
        "mesh.yaml:2",
        "mesh.yaml:9",
    )


def test_an_object_in_two_versions_of_its_kind_is_one_object() -> None:
    found = snapshot(policy("default", version="v1") + policy("default", version="v1beta1"))
    assert (len(found.peer_authentications), len(found.duplicates)) == (1, 1)


def test_the_same_name_in_another_namespace_or_kind_is_another_object() -> None:
    text = policy("default") + policy("default").replace("shop", "bank")
    assert snapshot(text).duplicates == ()


def test_what_istiod_can_not_read_is_a_reject_and_counts_as_absent() -> None:
    found = snapshot(policy("default", "ISTIO_MUTUAL"))
    (reject,) = found.rejects
    assert found.peer_authentications == ()
    assert (reject.field, reject.value, str(reject.metadata.origin)) == (
        "spec.mtls.mode",
        "ISTIO_MUTUAL",
        "mesh.yaml:2",
    )


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param(
            policy("default").replace("mtls:\n    mode: STRICT", "mtls: STRICT"),
            "mesh.yaml:6: PeerAuthentication default: spec.mtls should be a mapping, is a string ('STRICT')",
            id="the line of the field, of Istio's objects",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\nspec:\n  ports:\n  - port: http\n",
            "mesh.yaml:1: Service cart: spec.ports.0.port should be a whole number, is a string ('http')",
            id="the line of the object, of others",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n",
            "mesh.yaml:1: Pod (no name): metadata.name is missing",
            id="no name",
        ),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: {mesh: 'a: b: c'}\n",
            "mesh.yaml:1: ConfigMap istio: data.mesh configmap/istio data.mesh:1: malformed YAML: "
            "mapping values are not allowed in this context",
            id="MeshConfig that is no YAML",
        ),
    ],
)
def test_a_malformed_object_is_a_gap_that_names_file_line_and_field(text: str, detail: str) -> None:
    (gap,) = snapshot(text).gaps
    assert (gap.reason, gap.detail) == (GapReason.MALFORMED, detail)


def test_a_malformed_object_hides_itself_in_its_namespace_only() -> None:
    found = snapshot(policy("broken").replace("mode: STRICT", "mode: {a: b}").replace("mtls:", "selector: []\n  mtls:"))
    assert found.gap_hiding(PEER_AUTHENTICATION, "shop") is not None
    assert found.gap_hiding(PEER_AUTHENTICATION, "shop", "other") is None
    assert found.gap_hiding(PEER_AUTHENTICATION, "bank") is None


def test_a_malformed_object_without_a_name_may_be_any_object_of_its_namespace() -> None:
    found = snapshot(policy("''"))
    assert found.gap_hiding(PEER_AUTHENTICATION, "shop", "default") is not None


def test_a_malformed_object_of_a_cluster_scoped_kind_has_no_namespace() -> None:
    (gap,) = snapshot("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: 1}}\n").gaps
    assert gap.namespace is None


def test_one_fault_is_one_gap_however_many_parsers_meet_it() -> None:
    text = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: shop, labels: {v: 1}}\nspec: {}\n"
    assert len(snapshot(text).gaps) == 1


def test_two_objects_without_a_name_are_two_gaps() -> None:
    assert len(snapshot(policy("''") + policy("''", "DISABLE")).gaps) == 2


def test_kinds_that_nobody_knows_are_passed_over() -> None:
    found = snapshot("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a]\n")
    assert (found.gaps, found.documents) == ((), {})


def test_kinds_of_the_same_name_in_another_group_are_other_kinds() -> None:
    assert find_kind("gateway.networking.k8s.io/v1", "Gateway") == KUBERNETES_GATEWAY
    assert find_kind("networking.istio.io/v1alpha3", "Gateway") == KIND_BY_ALIAS["gateway"] == GATEWAY
    assert find_kind("serving.knative.dev/v1", "Service") is None


def test_policies_are_in_order_of_age_whatever_the_order_of_documents() -> None:
    aged = policy("a").replace("shop}", "shop, creationTimestamp: '2026-01-02T00:00:00Z'}")
    old = policy("b").replace("shop}", "shop, creationTimestamp: '2026-01-01T00:00:00Z'}")
    assert [one.metadata.name for one in snapshot(aged + old + policy("c")).peer_authentications] == ["c", "b", "a"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 70000) | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
PATHS = st.sampled_from(
    [
        "metadata.name",
        "metadata.namespace",
        "metadata.labels",
        "metadata.annotations",
        "metadata.ownerReferences",
        "metadata.managedFields",
        "metadata.creationTimestamp",
        "spec",
        "spec.selector",
        "spec.selector.matchLabels",
        "spec.mtls",
        "spec.portLevelMtls",
        "spec.ports",
        "spec.containers",
        "spec.template",
        "spec.template.spec.containers",
        "spec.trafficPolicy",
        "spec.configPatches",
        "spec.servers",
        "spec.subsets",
        "spec.host",
        "status",
        "data",
        "stringData",
        "type",
        "ports",
        "endpoints",
        "webhooks",
    ]
)


@given(st.sampled_from(KINDS), st.dictionaries(PATHS, VALUES, max_size=4), st.booleans())
def test_no_object_however_shaped_raises(kind: object, written: dict[str, object], live: bool) -> None:
    api_version = f"{kind.group}/{kind.versions[0]}" if kind.group else kind.versions[0]  # type: ignore[attr-defined]
    manifest: dict[str, object] = {"apiVersion": api_version, "kind": kind.name}  # type: ignore[attr-defined]
    manifest["metadata"] = {"name": "istio", "namespace": "shop", "labels": {"app": "istiod"}}
    for path, value in sorted(written.items()):
        *parents, last = path.split(".")
        target = manifest
        for parent in parents:
            target[parent] = below if isinstance(below := target.get(parent), dict) else {}
            target = target[parent]  # type: ignore[assignment]
        target[last] = value
    found = build_snapshot(Reading((Document(manifest, ApiOrigin()),)), live=live)
    assert all(gap.reason is GapReason.MALFORMED and gap.detail for gap in found.gaps)
