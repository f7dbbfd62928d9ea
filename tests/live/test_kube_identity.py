"""Whom the cluster door asks and as whom: the same as the real kubectl, for every kind of kubeconfig and flag."""

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

from kubectl_mtls.errors import MtlsError, Unauthorized
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.flags import ConnectionFlags
from tests.servers.api import ApiServer


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
    "impersonation of a name that is not ASCII": lambda p: [kubeconfig(p, {"token": p["admin"], "as": "jörg 日"})],
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
    "bad YAML": lambda _: ["a: ["],
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


def whoami(api: Api) -> dict[str, Any]:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).encode()
    response = api.request("POST", path, body=body, content_type="application/json")
    if response.status >= 300:
        raise Unauthorized(f"{response.status}")
    return without_credential(json.loads(response.body)["status"]["userInfo"])


def without_credential(user_info: dict[str, Any]) -> dict[str, Any]:
    """Without the fingerprint of the certificate, which both have."""
    user_info.get("extra", {}).pop("authentication.kubernetes.io/credential-id", None)
    return user_info


def ask_kubectl(kubectl: Path, environ: dict[str, str], *words: str) -> Any:
    """What kubectl answers as JSON; None when it refuses."""
    done = subprocess.run(
        [kubectl, *words, "-o", "json"], env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def compare(kubectl: Path, environ: dict[str, str], flags: ConnectionFlags, words: list[str]) -> None:
    """Both are the same user of the same server, in the same namespace, or both refuse."""
    answer = ask_kubectl(kubectl, environ, "auth", "whoami", *words)
    if answer is None:
        with pytest.raises(MtlsError) as caught:
            whoami(connect(flags, environ, "test"))
        assert "\n" not in caught.value.message
        return
    api = connect(flags, environ, "test")
    assert whoami(api) == without_credential(answer["status"]["userInfo"])
    view = ask_kubectl(kubectl, environ, "config", "view", "--raw", "--minify", "--flatten", *words)
    assert api.namespace == (flags.namespace or view["contexts"][0]["context"]["namespace"])


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
