"""Credentials that come from elsewhere: exec plugins, token files that change, a pod's own account, a proxy between."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.flags import ConnectionFlags
from tests.live.kubeconfigs import compare, kubeconfig, make_parts, plugin, whoami, write
from tests.servers.api import ApiServer
from tests.servers.connect_proxy import ConnectProxy


@pytest.fixture
def parts(cluster: ApiServer, tmp_path: Path) -> dict[str, Any]:
    return make_parts(cluster, tmp_path)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}


def pem(parts: dict[str, Any], key: str) -> str:
    return base64.b64decode(parts["pair"][key]).decode()


def pair(parts: dict[str, Any]) -> dict[str, str]:
    return {
        "clientCertificateData": pem(parts, "client-certificate-data"),
        "clientKeyData": pem(parts, "client-key-data"),
    }


V1, BETA = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"

ANSWERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "a certificate": (pair, {}),
    "a certificate and a token: both are sent": (lambda p: {**pair(p), "token": p["reader"]}, {}),
    "a token that has run out already": (
        lambda p: {"token": p["reader"], "expirationTimestamp": "2020-01-01T00:00:00Z"},
        {},
    ),
    "a token with a line end": (lambda p: {"token": p["reader"] + "\n"}, {}),
    "a token in the old version": (lambda p: {"token": p["reader"]}, {"apiVersion": BETA}),
    "a version that is gone": (
        lambda p: {"token": p["reader"]},
        {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
    ),
    "nothing": (lambda _: {}, {}),
    "a certificate without its key": (
        lambda p: {"clientCertificateData": pem(p, "client-certificate-data")},
        {},
    ),
    "a token, but wants a terminal": (lambda p: {"token": p["reader"]}, {"interactiveMode": "Always"}),
    "a token, without a mode": (lambda p: {"token": p["reader"]}, {"interactiveMode": None}),
    "a token, told the cluster": (lambda p: {"token": p["reader"]}, {"provideClusterInfo": True}),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_a_plugin_answers(what: str, parts, kubectl: Path, tmp_path: Path, environ: dict[str, str]) -> None:
    answer, entry = ANSWERS[what]
    version = entry.get("apiVersion", V1)
    credential = {"apiVersion": version, "kind": "ExecCredential", "status": answer(parts)}
    (tmp_path / "answer").write_text(json.dumps(credential))
    user = plugin("/bin/cat", args=[str(tmp_path / "answer")], **entry)
    user["exec"] = {key: value for key, value in user["exec"].items() if value is not None}
    environ["KUBECONFIG"] = write(parts, tmp_path, lambda p: [kubeconfig(p, user)])
    compare(kubectl, environ, ConnectionFlags(), [])


def test_a_plugin_gets_its_arguments_and_environment(parts, kubectl: Path, tmp_path: Path, environ) -> None:
    script = """test -n "$KUBERNETES_EXEC_INFO" && printf '{"apiVersion":"%s","kind":"ExecCredential",
      "status":{"token":"%s"}}' "$0" "$TOKEN" """
    env = [{"name": "TOKEN", "value": parts["reader"]}]
    user = plugin("sh", args=["-c", script, V1], env=env)
    environ["KUBECONFIG"] = write(parts, tmp_path, lambda p: [kubeconfig(p, user)])
    compare(kubectl, environ, ConnectionFlags(), [])
    assert whoami(connect(ConnectionFlags(), environ, "test"))["username"] == "reader"


def test_a_token_file_is_read_anew_by_each_connection(parts, kubectl: Path, tmp_path: Path, environ) -> None:
    environ["KUBECONFIG"] = write(parts, tmp_path, lambda p: [kubeconfig(p, {"tokenFile": "reader.token"})])
    for token, name in (("reader", "reader"), ("admin", "admin"), ("reader", "reader")):
        (tmp_path / "reader.token").write_text(parts[token] + "\n")
        compare(kubectl, environ, ConnectionFlags(), [])
        assert whoami(connect(ConnectionFlags(), environ, "test"))["username"] == name


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    proxy = ConnectProxy("joe", "p@ss")
    yield proxy
    proxy.shutdown()
    proxy.server_close()


@pytest.mark.parametrize("no_proxy", ["", "*", "127.0.0.1"])
def test_the_proxy_of_the_kubeconfig_is_used(
    no_proxy: str, parts, proxy, kubectl: Path, tmp_path: Path, environ
) -> None:
    url = f"http://joe:p%40ss@127.0.0.1:{proxy.server_port}"
    cluster = {"server": parts["server"], "certificate-authority-data": parts["ca"], "proxy-url": url}
    environ |= {
        "KUBECONFIG": write(parts, tmp_path, lambda p: [kubeconfig(p, p["pair"], cluster)]),
        "NO_PROXY": no_proxy,
    }
    compare(kubectl, environ, ConnectionFlags(), [])
    address = parts["server"].removeprefix("https://")
    assert len(proxy.targets) >= 2
    assert set(proxy.targets) == {address}


def test_a_proxy_that_wants_another_password_is_a_refusal(parts, proxy, kubectl: Path, tmp_path: Path, environ) -> None:
    url = f"http://127.0.0.1:{proxy.server_port}"
    cluster = {"server": parts["server"], "certificate-authority-data": parts["ca"], "proxy-url": url}
    environ["KUBECONFIG"] = write(parts, tmp_path, lambda p: [kubeconfig(p, p["pair"], cluster)])
    compare(kubectl, environ, ConnectionFlags(), [])
    assert proxy.targets == []


def test_loopback_is_never_asked_through_the_environments_proxy(parts, kubectl: Path, tmp_path: Path, environ) -> None:
    environ |= {"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"}
    environ["KUBECONFIG"] = write(parts, tmp_path, lambda p: [kubeconfig(p, p["pair"])])
    compare(kubectl, environ, ConnectionFlags(), [])


IN_POD = """
set -e
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cp "$1"/token "$1"/ca.crt "$1"/namespace /run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"
"""
ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tests.live.kubeconfigs import whoami
from kubectl_mtls.kube.connect import ConnectionFlags, connect
import os
api = connect(ConnectionFlags(), os.environ, "test")
print(json.dumps([whoami(api), api.namespace]))
"""


def test_a_pod_asks_as_its_own_account(cluster, parts, kubectl: Path, tmp_path: Path, environ: dict[str, str]) -> None:
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.xfail("no user namespaces here, so no folder of a pod's account")
    (tmp_path / "token").write_text(parts["reader"])
    (tmp_path / "ca.crt").write_bytes(base64.b64decode(parts["ca"]))
    (tmp_path / "namespace").write_text("shop")
    environ |= {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(cluster.port)}

    def in_pod(*words: Any) -> Any:
        command = ["unshare", "-rm", "sh", "-c", IN_POD, "pod", tmp_path, *words]
        return json.loads(subprocess.run(command, env=environ, capture_output=True, check=True).stdout)

    ours, namespace = in_pod(sys.executable, "-c", ASK, Path(__file__).parents[2])
    assert ours["username"] == "reader"
    assert namespace == "shop"
    assert ours["username"] == in_pod(kubectl, "auth", "whoami", "-o", "json")["status"]["userInfo"]["username"]
