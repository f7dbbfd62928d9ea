"""The cluster door against a real API server: what is read, what is a gap, what a write needs."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.errors import Conflict, Forbidden, InvalidInput, Rejected, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.apply import ObjectWriter
from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.fan_out import fan_out
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.read import ClusterSource
from kubectl_mtls.model.gap import GapReason
from kubectl_mtls.model.kind import (
    CONFIG_MAP,
    KINDS,
    LOCAL_ACCESS_REVIEW,
    NAMESPACE,
    PEER_AUTHENTICATION,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
)
from kubectl_mtls.model.reading import Want
from tests.servers.api import ApiServer

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: app, image: cart}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: pay}
spec: {mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Secret
metadata: {name: partner, namespace: shop}
data: {tls.crt: Q0VSVA==, tls.key: S0VZ}
"""

Load = Callable[..., ApiServer]


@pytest.fixture
def shop(mesh: Load) -> ApiServer:
    return mesh(SHOP)


def api_of(cluster: ApiServer, user: str = "admin", **flags: Any) -> Api:
    kubeconfig = str(cluster.kubeconfig(user))
    return connect(ConnectionFlags(kubeconfig=kubeconfig, **flags), {}, "kubectl-mtls/test")


# --- reading -------------------------------------------------------------------------------------------------------


def test_everything_is_read_with_apiversion_and_kind(shop: ApiServer) -> None:
    reading = ClusterSource(api_of(shop)).read(
        [Want(kind) for kind in KINDS if kind not in (SECRET, LOCAL_ACCESS_REVIEW)]
    )
    assert reading.gaps == ()
    seen = {
        (d.manifest["kind"], d.manifest["metadata"].get("namespace"), d.manifest["metadata"]["name"])
        for d in reading.documents
    }
    assert {("Pod", "shop", "cart"), ("PeerAuthentication", "pay", "default"), ("Namespace", None, "shop")} <= seen
    assert all(d.manifest["apiVersion"] for d in reading.documents)


def test_managed_fields_are_kept_for_istio_only(shop: ApiServer) -> None:
    reading = ClusterSource(api_of(shop)).read([Want(PEER_AUTHENTICATION), Want(POD), Want(NAMESPACE)])
    kept = {d.manifest["kind"] for d in reading.documents if "managedFields" in d.manifest["metadata"]}
    assert kept == {"PeerAuthentication"}


def test_a_kind_that_is_not_served_gives_nothing(bare_cluster: ApiServer) -> None:
    source = ClusterSource(api_of(bare_cluster))
    assert source.read([Want(PEER_AUTHENTICATION)]) == source.read([])
    assert not source.is_served(PEER_AUTHENTICATION)
    assert source.is_served(POD)
    with pytest.raises(InvalidInput, match="does not serve peerauthentications"):
        ObjectWriter(api_of(bare_cluster)).get(PEER_AUTHENTICATION, "shop", "default")


def test_one_object_by_name_and_an_absent_one(shop: ApiServer) -> None:
    source = ClusterSource(api_of(shop))
    wants = [Want(SECRET, ("shop",), "partner"), Want(SECRET, ("shop",), "absent"), Want(NAMESPACE, None, "pay")]
    assert [d.manifest["metadata"]["name"] for d in source.read(wants).documents] == ["partner", "pay"]
    everywhere = source.read([Want(PEER_AUTHENTICATION, None, "default")])
    assert [d.manifest["metadata"]["namespace"] for d in everywhere.documents] == ["pay", "shop"]
    labelled = source.read([Want(POD, label_selector="app=cart"), Want(POD, ("shop",), label_selector="app=other")])
    assert len(labelled.documents) == 1


def test_the_same_thing_wanted_twice_is_one_request(shop: ApiServer) -> None:
    heard: list[str] = []
    path = str(shop.kubeconfig())
    api = connect(ConnectionFlags(kubeconfig=path), {}, "test", lambda *row: heard.append(row[1]))
    ClusterSource(api).read([Want(POD), Want(POD)])
    assert heard == ["/api/v1/pods"]


def test_nobody_gets_gaps_with_the_missing_rules(shop: ApiServer) -> None:
    wants = [Want(POD), Want(NAMESPACE), Want(SECRET, ("shop",), "partner")]
    reading = ClusterSource(api_of(shop, "nobody")).read(wants)
    assert reading.documents == ()
    assert {gap.reason for gap in reading.gaps} == {GapReason.FORBIDDEN}
    assert [gap.missing_rule for gap in reading.gaps] == [
        "list pods in all namespaces",
        "list namespaces",
        "get secrets/partner in namespace shop",
    ]


def test_a_namespace_user_falls_back_to_what_may_be_read(shop: ApiServer) -> None:
    source = ClusterSource(api_of(shop, "shop-only"))
    reading = source.read([Want(PEER_AUTHENTICATION, narrow=("shop", "pay"))])
    assert [d.manifest["metadata"]["namespace"] for d in reading.documents] == ["shop"]
    everywhere, pay = reading.gaps
    assert everywhere.missing_rule == "list peerauthentications.security.istio.io in all namespaces"
    assert everywhere.detail.endswith("only namespace shop could be read")
    assert pay.missing_rule == "list peerauthentications.security.istio.io in namespace pay"
    assert not any(gap.hides(PEER_AUTHENTICATION, "shop") for gap in reading.gaps)
    assert all(gap.hides(PEER_AUTHENTICATION, "pay") for gap in reading.gaps)


def test_a_list_longer_than_a_page_is_complete(shop: ApiServer) -> None:
    writer = ObjectWriter(api_of(shop))
    names = [f"c{number}" for number in range(520)]
    manifest = {"apiVersion": "v1", "kind": "ServiceAccount"}
    fan_out(
        [
            lambda name=name: writer.create(
                SERVICE_ACCOUNT, {**manifest, "metadata": {"name": name, "namespace": "pay"}}
            )
            for name in names
        ]
    )
    reading = ClusterSource(api_of(shop)).read([Want(SERVICE_ACCOUNT, ("pay",))])
    assert sorted(d.manifest["metadata"]["name"] for d in reading.documents) == sorted(names)


def test_refused_impersonation_ends_the_reading(shop: ApiServer) -> None:
    with pytest.raises(Forbidden, match="nobody may not impersonate"):
        ClusterSource(api_of(shop, "nobody", impersonate="joe")).read([Want(POD)])


TRANSPORT = {
    "refused": ({"server": "https://127.0.0.1:1"}, "connection refused"),
    "name": ({"server": "https://no-such-host.invalid"}, "the name is not known"),
    "foreign certificate": ({"tls_server_name": "elsewhere"}, "its certificate is not trusted"),
}


@pytest.mark.parametrize("name", TRANSPORT)
def test_no_connection_is_said_in_words(name: str, cluster: ApiServer) -> None:
    flags, words = TRANSPORT[name]
    with pytest.raises(Unreachable, match=words) as caught:
        ClusterSource(api_of(cluster, **flags)).read([Want(POD), Want(PEER_AUTHENTICATION)])
    assert "https://" in caught.value.message


# --- writing -------------------------------------------------------------------------------------------------------

MODE = {"spec": {"mtls": {"mode": "STRICT"}}}


@pytest.fixture
def writer(shop: ApiServer) -> ObjectWriter:
    api = api_of(shop)
    return ObjectWriter(api, Discovery(api))


def read_policy(writer: ObjectWriter) -> dict[str, Any]:
    policy = writer.get(PEER_AUTHENTICATION, "shop", "default")
    assert policy is not None
    return policy


def test_a_patch_needs_the_version_that_was_read(writer: ObjectWriter) -> None:
    version = read_policy(writer)["metadata"]["resourceVersion"]
    answer = writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", MODE, version)
    assert answer["spec"] == MODE["spec"]
    assert "kubectl-mtls" in {entry["manager"] for entry in answer["metadata"]["managedFields"]}
    with pytest.raises(Conflict, match="the object has been modified"):
        writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", {"spec": None}, version)
    assert read_policy(writer)["spec"] == MODE["spec"]


def test_a_dry_run_stores_nothing(writer: ObjectWriter) -> None:
    before = read_policy(writer)
    meta = before["metadata"]
    answer = writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", MODE, meta["resourceVersion"], dry_run=True)
    assert answer["spec"] == MODE["spec"]
    writer.delete(PEER_AUTHENTICATION, "shop", "default", meta["uid"], meta["resourceVersion"], dry_run=True)
    new = {**before, "metadata": {"name": "new", "namespace": "shop"}}
    assert writer.create(PEER_AUTHENTICATION, new, dry_run=True)["metadata"]["uid"]
    assert read_policy(writer) == before
    assert writer.get(PEER_AUTHENTICATION, "shop", "new") is None


def test_create_patch_and_delete_have_their_preconditions(writer: ObjectWriter) -> None:
    before = read_policy(writer)
    with pytest.raises(Conflict, match="is there already"):
        writer.create(PEER_AUTHENTICATION, {**before, "metadata": {"name": "default", "namespace": "shop"}})
    after = writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", MODE, None)
    uid, version = after["metadata"]["uid"], after["metadata"]["resourceVersion"]
    for stale in ((uid, before["metadata"]["resourceVersion"]), ("another", version)):
        with pytest.raises(Conflict):
            writer.delete(PEER_AUTHENTICATION, "shop", "default", *stale)
    writer.delete(PEER_AUTHENTICATION, "shop", "default", uid, version)
    for _ in range(2):
        with pytest.raises(Conflict, match="is not there"):
            writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", MODE, None)


def test_what_the_server_refuses_comes_in_its_words(writer: ObjectWriter) -> None:
    with pytest.raises(Rejected, match='Unsupported value: "ISTIO_MUTUAL"'):
        writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", {"spec": {"mtls": {"mode": "ISTIO_MUTUAL"}}}, None)
    with pytest.raises(Rejected, match="the namespace absent does not exist"):
        writer.create(
            CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "absent"}}
        )


def test_who_may_not_write_learns_the_rule(shop: ApiServer) -> None:
    with pytest.raises(Forbidden) as caught:
        ObjectWriter(api_of(shop, "reader")).merge_patch(PEER_AUTHENTICATION, "shop", "default", MODE, None)
    assert (
        caught.value.message == "reader may not patch peerauthentications.security.istio.io/default in namespace shop"
    )


@pytest.mark.parametrize("data", [{"tls.key": "!HIDDEN-HIDDEN"}, {"tls.key": "SElEREVOLUhJRERFTg=="}])
def test_a_refused_secret_stays_secret(writer: ObjectWriter, data: dict[str, str]) -> None:
    meta = {"name": "s", "namespace": "shop"}
    manifest = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "data": data}
    with pytest.raises(Rejected) as caught:
        writer.create(SECRET, manifest)
    assert "HIDDEN" not in caught.value.message
    assert data["tls.key"] not in caught.value.message


def test_kubectl_sees_what_was_written(writer: ObjectWriter, shop: ApiServer, kubectl: Path) -> None:
    writer.merge_patch(PEER_AUTHENTICATION, "shop", "default", MODE, None)
    command = [kubectl, "--kubeconfig", shop.kubeconfig(), "get", "pa", "default", "-n", "shop", "-o", "json"]
    assert json.loads(subprocess.check_output(command))["spec"] == MODE["spec"]
