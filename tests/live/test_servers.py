"""The harness itself: what other tests take for granted about the servers is proven here."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_mtls.model.kind import BINDING_KINDS, KINDS, LOCAL_ACCESS_REVIEW, ROLE_KINDS, SECRET
from tests.servers import access, crds
from tests.servers.api import ApiServer
from tests.servers.build import build
from tests.servers.cluster import running_api_server
from tests.servers.etcd import Etcd
from tests.servers.process import wait_until
from tests.servers.toolchain import find_go

ROOT = Path(__file__).parents[2]

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
  - name: namespace.sidecar-injector.istio.io
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig: {service: {name: istiod, namespace: istio-system, path: /inject}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata:
      name: cart-1
      namespace: shop
      labels: {app: cart}
      ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: cart, uid: "0", controller: true}]
      finalizers: [example.com/held]
    spec: {nodeName: node-1, containers: [{name: app, image: cart}]}
    status:
      phase: Running
      podIP: 10.0.0.1
      podIPs: [{ip: 10.0.0.1}]
      conditions: [{type: Ready, status: "True"}]
  - apiVersion: apps/v1
    kind: ReplicaSet
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {matchLabels: {app: cart}}
      template:
        metadata: {labels: {app: cart}}
        spec: {containers: [{name: app, image: cart}]}
---
apiVersion: v1
kind: Secret
metadata: {name: partner-cert, namespace: shop}
stringData: {tls.crt: none}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: shop}
"""

AGES = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: younger, namespace: shop, creationTimestamp: 2026-02-01T00:00:00Z}
spec: {mtls: {mode: PERMISSIVE}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: older, namespace: shop, creationTimestamp: 2026-01-01T00:00:00Z}
spec: {mtls: {mode: STRICT}}
"""

PODS, SHOP_PODS = "/api/v1/pods", "/api/v1/namespaces/shop/pods"
SECRETS = "/api/v1/namespaces/shop/secrets"
PEER_AUTHENTICATIONS = "/apis/security.istio.io/v1/namespaces/shop/peerauthentications"
STRICT = {
    "apiVersion": "security.istio.io/v1",
    "kind": "PeerAuthentication",
    "metadata": {"name": "default"},
    "spec": {"mtls": {"mode": "STRICT"}},
}


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        pytest.param("admin", f"{SECRETS}/other", 200, id="admin may do everything"),
        pytest.param("reader", PODS, 200, id="reader sees the pods of all namespaces"),
        pytest.param("reader", f"{SECRETS}/partner-cert", 403, id="reader sees no Secret"),
        pytest.param("secret-reader", f"{SECRETS}/partner-cert", 200, id="secret-reader sees the named Secret"),
        pytest.param("secret-reader", f"{SECRETS}/other", 403, id="secret-reader sees no other Secret"),
        pytest.param("secret-reader", SECRETS, 403, id="secret-reader may not list Secrets"),
        pytest.param("operator", f"{SECRETS}/other", 200, id="operator sees Secrets"),
        pytest.param("operator", SECRETS, 403, id="operator gets Secrets by name only"),
        pytest.param("shop-only", SHOP_PODS, 200, id="shop-only sees the pods of shop"),
        pytest.param("shop-only", PODS, 403, id="shop-only sees no other namespace"),
        pytest.param("nobody", SHOP_PODS, 403, id="nobody sees nothing"),
    ],
)
def test_each_user_may_read_what_the_documented_roles_say(mesh, user: str, path: str, status: int):
    assert mesh(SHOP).request("GET", path, user=user).status == status


def test_only_the_operator_may_change_modes(mesh):
    server = mesh(SHOP)
    for user, status in {"reader": 403, "shop-only": 403, "operator": 201}.items():
        assert server.request("POST", PEER_AUTHENTICATIONS, STRICT, user=user).status == status


def test_reader_role_covers_every_kind_but_those_of_the_other_roles():
    known = {(kind.group, kind.plural) for kind in KINDS}
    rights_of_others = {(SECRET.group, SECRET.plural), (LOCAL_ACCESS_REVIEW.group, LOCAL_ACCESS_REVIEW.plural)}
    read_where_reviews_are_refused = {(kind.group, kind.plural) for kind in (*ROLE_KINDS, *BINDING_KINDS)}
    who_calls_without_proxy = granted(access.OPERATOR, {"get", "list"}) - granted(access.READER, {"get", "list"})
    missing = known - granted(access.READER, {"get", "list", "watch"})
    assert missing == rights_of_others | read_where_reviews_are_refused | who_calls_without_proxy


def granted(role: str, verbs: set[str]) -> set[tuple[str, str]]:
    """Group and resource of all that a documented role allows these verbs for."""
    (found,) = (one for one in access.cluster_access() if one["metadata"]["name"] == role)
    return {
        (group, resource)
        for rule in found["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        if verbs <= set(rule["verbs"])
    }


def test_crd_refuses_a_client_mode_in_a_peer_authentication(mesh):
    wrong = STRICT | {"spec": {"mtls": {"mode": "ISTIO_MUTUAL"}}}
    answer = mesh(SHOP).request("POST", PEER_AUTHENTICATIONS, wrong)
    assert answer.status == 422
    assert (
        'spec.mtls.mode: Unsupported value: "ISTIO_MUTUAL": '
        'supported values: "UNSET", "DISABLE", "PERMISSIVE", "STRICT"' in answer.message
    )


def test_pod_of_an_example_has_its_status_and_its_real_owner(mesh):
    server = mesh(SHOP)
    pod = server.request("GET", f"{SHOP_PODS}/cart-1").must()
    owner = server.request("GET", "/apis/apps/v1/namespaces/shop/replicasets/cart").must()
    assert pod["status"]["podIP"] == "10.0.0.1"
    assert pod["status"]["conditions"][0]["type"] == "Ready"
    assert pod["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]


def test_istio_objects_keep_the_order_of_age_that_their_manifests_say(mesh):
    server = mesh(AGES)
    born = {
        item["metadata"]["name"]: item["metadata"]["creationTimestamp"]
        for item in server.request("GET", PEER_AUTHENTICATIONS).must()["items"]
    }
    assert born["older"] < born["younger"]


def test_applying_an_example_again_changes_nothing_but_what_differs(mesh):
    server = mesh(AGES)
    before = server.request("GET", f"{PEER_AUTHENTICATIONS}/older").must()["metadata"]["resourceVersion"]
    server.request("DELETE", f"{PEER_AUTHENTICATIONS}/younger").must()
    mesh(AGES)
    assert server.request("GET", f"{PEER_AUTHENTICATIONS}/older").must()["metadata"]["resourceVersion"] == before
    assert server.request("GET", f"{PEER_AUTHENTICATIONS}/younger").ok


def test_reset_leaves_nothing_behind(cluster: ApiServer, mesh):
    mesh(SHOP)
    change = {"metadata": {"labels": {"istio-injection": "enabled"}}}
    default = "/api/v1/namespaces/default"
    cluster.request("PATCH", default, change, content_type="application/merge-patch+json").must()
    assert cluster.extra()
    cluster.reset()
    assert cluster.extra() == []
    assert cluster.request("GET", "/api/v1/namespaces/shop").status == 404
    assert "istio-injection" not in cluster.request("GET", default).must()["metadata"]["labels"]


def test_bare_cluster_has_no_istio_and_shares_nothing_with_the_mesh(mesh, bare_cluster: ApiServer):
    mesh(SHOP)
    assert bare_cluster.request("GET", PEER_AUTHENTICATIONS).status == 404
    assert bare_cluster.request("GET", "/api/v1/namespaces/shop").status == 404


@pytest.mark.slow
def test_crds_of_the_gateway_api_and_cert_manager_are_at_hand_too(etcd: Etcd):
    with running_api_server(etcd, "full", (crds.ISTIO, crds.GATEWAY_API, crds.CERT_MANAGER)) as server:
        for resource in ("cert-manager.io/v1/certificates", "gateway.networking.k8s.io/v1/gateways"):
            assert server.request("GET", f"/apis/{resource}", user="admin").ok


@pytest.mark.parametrize("certificate", [False, True], ids=["by token", "by client certificate"])
def test_kubectl_takes_the_kubeconfigs(mesh, kubectl: Path, certificate: bool):
    kubeconfig = mesh(SHOP).kubeconfig("reader", "shop", certificate=certificate)
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    command = [kubectl, "--kubeconfig", kubeconfig, "get", "pods", "-o", "name"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "pod/cart-1\n"


def test_two_builds_at_once_end_with_one_whole_program(tmp_path: Path):
    group = tmp_path / "hello"
    group.mkdir()
    (group / "go.mod").write_text("module example.com/hello\n\ngo 1.24\n\ntool example.com/hello\n")
    (group / "main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    cache = tmp_path / "cache"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.starmap(build, [(group, cache), (group, cache)])
    assert first == second
    assert subprocess.run([first / "hello"], capture_output=True, text=True, check=True).stderr == "hello\n"
    left = [path.name for path in (cache / "servers").iterdir()]
    assert sorted(left) == [first.name, f"{first.name}.lock"]


def test_build_that_fails_says_why_and_leaves_nothing(tmp_path: Path):
    (tmp_path / "go.mod").write_text("module example.com/broken\n\ngo 1.24\n\ntool example.com/broken\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() { missing() }\n")
    with pytest.raises(RuntimeError, match="undefined: missing"):
        build(tmp_path, tmp_path / "cache")
    assert not [path for path in (tmp_path / "cache" / "servers").iterdir() if path.is_dir()]


def test_go_from_the_virtual_environment_serves_where_path_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "go.mod").write_text("module example.com/any\n\ngo 1.26.0\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_go(tmp_path).parts[-3:] == ("go", "bin", "go")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_servers_die_with_a_run_that_was_killed(tmp_path: Path):
    run = (
        "import pathlib, sys, time\n"
        "from tests.servers.process import Process\n"
        "program = pathlib.Path(sys.executable)\n"
        "print(Process(program, ['-c', 'import time; time.sleep(600)'], pathlib.Path(sys.argv[1])).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", run, tmp_path]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        server = int(killed.stdout.readline())
        assert _runs(server)
        killed.send_signal(signal.SIGKILL)
    wait_until(lambda: not _runs(server), lambda: f"process {server} still runs", seconds=10)


IN_TEST, IN_MODULE = "def test_x(): pytest.skip('no')", "pytest.skip('no', allow_module_level=True)"


@pytest.mark.parametrize(
    ("skip", "ci", "outcome"),
    [
        pytest.param(IN_TEST, "true", "1 failed", id="a test, in CI"),
        pytest.param(IN_MODULE, "true", "1 error", id="a module, in CI"),
        pytest.param(IN_TEST, "", "1 skipped", id="a test, elsewhere"),
        pytest.param(IN_MODULE, "", "1 skipped", id="a module, elsewhere"),
    ],
)
def test_skip_is_a_failure_in_ci_only(tmp_path: Path, skip: str, ci: str, outcome: str):
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_skip.py").write_text(f"import pytest\n{skip}\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "CI": ci}, capture_output=True, text=True)
    assert outcome in done.stdout.splitlines()[-1]
    assert (done.returncode in (1, 2)) == bool(ci)


def _runs(pid: int) -> bool:
    """Whether the process exists and is no zombie (nobody may be there to collect it)."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
