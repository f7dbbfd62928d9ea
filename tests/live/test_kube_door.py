"""The cluster door against a real API server, and its kubeconfig rules against the real kubectl."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mtls.errors import Conflict, Forbidden, InvalidInput, MtlsError, Rejected, Unauthorized, Unreachable
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


def api_of(server: ApiServer, user: str = "admin", *, certificate: bool = False, **flags: Any) -> Api:
    kubeconfig = str(server.kubeconfig(user, certificate=certificate))
    return connect(ConnectionFlags(kubeconfig=kubeconfig, **flags), {}, "kubectl-mtls/test")


def whoami(api: Api) -> dict[str, Any]:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).encode()
    response = api.request("POST", path, body=body, content_type="application/json")
    if response.status >= 300:
        raise Unauthorized(f"{response.status}")
    user_info: dict[str, Any] = json.loads(response.body)["status"]["userInfo"]
    user_info.get("extra", {}).pop("authentication.kubernetes.io/credential-id", None)
    return user_info


# --- who asks whom: the same as kubectl ---------------------------------------------------------------------------


@pytest.fixture
def parts(cluster: ApiServer, tmp_path: Path) -> dict[str, Any]:
    """What kubeconfigs are made of: the server's entry, tokens, a certificate; as data and as files beside them."""
    admin = yaml.safe_load(cluster.kubeconfig("admin").read_text())
    pair = yaml.safe_load(cluster.kubeconfig("admin", certificate=True).read_text())["users"][0]["user"]
    ca = admin["clusters"][0]["cluster"]["certificate-authority-data"]
    reader = yaml.safe_load(cluster.kubeconfig("reader").read_text())["users"][0]["user"]["token"]
    token = admin["users"][0]["user"]["token"]
    (tmp_path / "ca.pem").write_bytes(base64.b64decode(ca))
    (tmp_path / "cert.pem").write_bytes(base64.b64decode(pair["client-certificate-data"]))
    (tmp_path / "key.pem").write_bytes(base64.b64decode(pair["client-key-data"]))
    (tmp_path / "reader.token").write_text(reader + "\n")
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": reader}}
    (tmp_path / "plugin").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    (tmp_path / "broken").write_text("#!/bin/sh\necho 'please log in' >&2\nexit 7\n")
    for name in ("plugin", "broken"):
        (tmp_path / name).chmod(0o755)
    return {"server": cluster.url, "ca": ca, "admin": token, "reader": reader, "pair": pair}


def kubeconfig(parts: dict[str, Any], user: dict[str, Any], cluster: dict[str, Any] | None = None, **top: Any) -> str:
    cluster = {"server": parts["server"], "certificate-authority-data": parts["ca"]} if cluster is None else cluster
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
        "current-context": "x",
    }
    return yaml.safe_dump(document | top)


def plugin(command: str, **entry: Any) -> dict[str, Any]:
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "interactiveMode": "Never",
            "command": command,
            **entry,
        }
    }


Make = Callable[[dict[str, Any]], list[str]]

CONFIGS: dict[str, Make] = {
    "token": lambda p: [kubeconfig(p, {"token": p["reader"]})],
    "token file": lambda p: [kubeconfig(p, {"tokenFile": "reader.token"})],
    "token and token file": lambda p: [kubeconfig(p, {"token": p["admin"], "tokenFile": "reader.token"})],
    "certificate data": lambda p: [kubeconfig(p, p["pair"])],
    "certificate files": lambda p: [kubeconfig(p, {"client-certificate": "cert.pem", "client-key": "key.pem"})],
    "certificate and token": lambda p: [kubeconfig(p, {**p["pair"], "token": p["reader"]})],
    "CA file": lambda p: [
        kubeconfig(p, {"token": p["reader"]}, {"server": p["server"], "certificate-authority": "ca.pem"})
    ],
    "insecure": lambda p: [
        kubeconfig(p, {"token": p["reader"]}, {"server": p["server"], "insecure-skip-tls-verify": True})
    ],
    "impersonation": lambda p: [
        kubeconfig(
            p,
            {
                "token": p["admin"],
                "as": "joe",
                "as-uid": "7",
                "as-groups": ["a", "system:masters"],
                "as-user-extra": {"x.io/Y": ["1", "2"]},
            },
        )
    ],
    "impersonation that is forbidden": lambda p: [kubeconfig(p, {"token": p["reader"], "as": "joe"})],
    "exec plugin": lambda p: [kubeconfig(p, plugin("./plugin"))],
    "exec plugin that fails": lambda p: [kubeconfig(p, plugin("./broken"))],
    "exec plugin that is missing": lambda p: [kubeconfig(p, plugin("./nothing"))],
    "exec plugin beside a certificate": lambda p: [kubeconfig(p, {**p["pair"], **plugin("./broken")})],
    "two files, the first wins": lambda p: [
        kubeconfig(p, {"token": p["reader"]}),
        kubeconfig(p, {"token": p["admin"]}, {"server": "https://127.0.0.1:1"}),
    ],
    "empty, missing and then a good file": lambda p: ["", kubeconfig(p, {"token": p["reader"]})],
    "context in the first, entries in the second": lambda p: [
        "{apiVersion: v1, kind: Config, current-context: x}",
        kubeconfig(p, {"token": p["reader"]}, **{"current-context": "other"}),
    ],
    "wrong tls-server-name": lambda p: [
        kubeconfig(
            p,
            {"token": p["reader"]},
            {"server": p["server"], "certificate-authority-data": p["ca"], "tls-server-name": "elsewhere"},
        )
    ],
    "unknown CA": lambda p: [kubeconfig(p, {"token": p["reader"]}, {"server": p["server"]})],
    "bad token": lambda p: [kubeconfig(p, {"token": "wrong"})],
    "bad base64": lambda p: [
        kubeconfig(p, {"token": p["reader"]}, {"server": p["server"], "certificate-authority-data": "%%"})
    ],
    "missing context": lambda p: [kubeconfig(p, {"token": p["reader"]}, **{"current-context": "nowhere"})],
    "token and password": lambda p: [kubeconfig(p, {"token": p["reader"], "username": "a", "password": "b"})],
    "CA and insecure": lambda p: [
        kubeconfig(
            p,
            {"token": p["reader"]},
            {"server": p["server"], "certificate-authority-data": p["ca"], "insecure-skip-tls-verify": True},
        )
    ],
    "bad YAML": lambda p: ["a: ["],
}


@pytest.fixture
def write(parts: dict[str, Any], tmp_path: Path) -> Callable[[Make], str]:
    def write(make: Make) -> str:
        paths = [str(tmp_path / "missing.yaml")]
        for number, text in enumerate(make(parts)):
            path = tmp_path / f"{number}.yaml"
            path.write_text(text)
            paths.append(str(path))
        return ":".join(paths)

    return write


def ask_kubectl(kubectl: Path, environ: dict[str, str], *words: str) -> Any:
    """What kubectl answers as JSON; None when it refuses."""
    done = subprocess.run(
        [kubectl, *words, "-o", "json"], env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def compare(kubectl: Path, environ: dict[str, str], flags: ConnectionFlags, words: list[str]) -> None:
    answer = ask_kubectl(kubectl, environ, "auth", "whoami", *words)
    expected = answer["status"]["userInfo"] if answer else None
    if expected:
        expected.get("extra", {}).pop("authentication.kubernetes.io/credential-id", None)
    try:
        api = connect(flags, environ, "test")
        assert whoami(api) == expected
    except MtlsError as error:
        assert expected is None, error.message
        assert "\n" not in error.message
        return
    view = ask_kubectl(kubectl, environ, "config", "view", "--raw", "--minify", "--flatten", *words)
    assert api.namespace == view["contexts"][0]["context"].get("namespace", "default")


@pytest.mark.parametrize("name", CONFIGS)
def test_a_kubeconfig_means_what_it_means_to_kubectl(name: str, write, kubectl: Path, tmp_path: Path) -> None:
    environ = {"KUBECONFIG": write(CONFIGS[name]), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    compare(kubectl, environ, ConnectionFlags(), [])


FLAGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "token": ({"token": "wrong"}, ["--token=wrong"]),
    "namespace": ({"namespace": "pay"}, ["--namespace=pay"]),
    "insecure": ({"insecure_skip_tls_verify": True}, ["--insecure-skip-tls-verify"]),
    "context": ({"context": "nowhere"}, ["--context=nowhere"]),
    "cluster": ({"cluster": "nowhere"}, ["--cluster=nowhere"]),
    "user": ({"user": "nowhere"}, ["--user=nowhere"]),
    "server name": ({"tls_server_name": "elsewhere"}, ["--tls-server-name=elsewhere"]),
    "certificate authority": ({"certificate_authority": "/dev/null"}, ["--certificate-authority=/dev/null"]),
    "impersonation": (
        {"impersonate": "joe", "impersonate_groups": ("a", "b"), "impersonate_uid": "9"},
        ["--as=joe", "--as-group=a", "--as-group=b", "--as-uid=9"],
    ),
    "group without a user": ({"impersonate_groups": ("a",)}, ["--as-group=a"]),
    "missing file": ({"kubeconfig": "/nowhere"}, ["--kubeconfig=/nowhere"]),
}


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_means_what_it_means_to_kubectl(name: str, write, kubectl: Path, tmp_path: Path) -> None:
    fields, words = FLAGS[name]
    path = write(lambda p: [kubeconfig(p, {"token": p["admin"]})])
    environ = {"KUBECONFIG": path, "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    compare(kubectl, environ, ConnectionFlags(**fields), words)


def test_the_client_key_is_never_in_a_temporary_file(cluster: ApiServer, tmp_path: Path) -> None:
    code = (
        "import os, sys; from kubectl_mtls.kube.connect import connect, ConnectionFlags as F\n"
        "a = connect(F(kubeconfig=sys.argv[1]), {}, 't'); assert a.request('GET', '/api').status == 200; os._exit(0)"
    )
    path = cluster.kubeconfig("admin", certificate=True)
    subprocess.run([sys.executable, "-c", code, path], env={**os.environ, "TMPDIR": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []


# --- reading -------------------------------------------------------------------------------------------------------


def test_everything_is_read_with_apiversion_and_kind(shop: ApiServer) -> None:
    reading = ClusterSource(api_of(shop)).read([Want(kind) for kind in KINDS if kind != SECRET])
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
    api = connect(ConnectionFlags(kubeconfig=path), {}, "test", lambda method, path, status, ms: heard.append(path))
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
    writer.replace(PEER_AUTHENTICATION, {**before, **MODE}, dry_run=True)
    writer.delete(PEER_AUTHENTICATION, "shop", "default", meta["uid"], meta["resourceVersion"], dry_run=True)
    new = {**before, "metadata": {"name": "new", "namespace": "shop"}}
    assert writer.create(PEER_AUTHENTICATION, new, dry_run=True)["metadata"]["uid"]
    assert read_policy(writer) == before
    assert writer.get(PEER_AUTHENTICATION, "shop", "new") is None


def test_create_replace_and_delete_have_their_preconditions(writer: ObjectWriter) -> None:
    before = read_policy(writer)
    with pytest.raises(Conflict, match="is there already"):
        writer.create(PEER_AUTHENTICATION, {**before, "metadata": {"name": "default", "namespace": "shop"}})
    after = writer.replace(PEER_AUTHENTICATION, {**before, **MODE})
    with pytest.raises(Conflict):
        writer.replace(PEER_AUTHENTICATION, before)
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
    environ = {"KUBECONFIG": str(shop.kubeconfig()), "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    assert ask_kubectl(kubectl, environ, "get", "pa", "default", "-n", "shop")["spec"] == MODE["spec"]
