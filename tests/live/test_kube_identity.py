"""Whom the cluster door asks and as whom: the same as the real kubectl, for every kind of kubeconfig and flag."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mtls.kube.flags import ConnectionFlags
from tests.live.kubeconfigs import Make, compare, kubeconfig, make_parts, plugin, write
from tests.servers.api import ApiServer


@pytest.fixture
def parts(cluster: ApiServer, tmp_path: Path) -> dict[str, Any]:
    return make_parts(cluster, tmp_path)


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
    "no namespace": lambda p: [
        kubeconfig(p, p["pair"], contexts=[{"name": "x", "context": {"cluster": "c", "user": "u"}}])
    ],
    "no current context": lambda p: [kubeconfig(p, {"token": p["reader"]}, **{"current-context": ""})],
    "a user that is missing": lambda p: [
        kubeconfig(p, {"token": p["reader"]}, contexts=[{"name": "x", "context": {"cluster": "c", "user": "v"}}])
    ],
    "the same user twice": lambda p: [
        kubeconfig(
            p, {}, users=[{"name": "u", "user": {"token": p["admin"]}}, {"name": "u", "user": {"token": p["reader"]}}]
        )
    ],
    "as JSON": lambda p: [json.dumps(yaml.safe_load(kubeconfig(p, {"token": p["reader"]})))],
    "fields that nobody knows": lambda p: [kubeconfig(p, {"token": p["reader"], "colour": "red"}, extra={"a": [1]})],
    "token file that is missing": lambda p: [kubeconfig(p, {"tokenFile": "nowhere"})],
    "certificate without a key": lambda p: [kubeconfig(p, {"client-certificate": "cert.pem"})],
    "key of another certificate": lambda p: [
        kubeconfig(p, {"client-certificate": "cert.pem", "client-key": "other.pem"})
    ],
    "password": lambda p: [kubeconfig(p, {"username": "a", "password": "b"})],
    "right tls-server-name": lambda p: [
        kubeconfig(
            p,
            {"token": p["reader"]},
            {"server": p["server"] + "/", "certificate-authority-data": p["ca"], "tls-server-name": "localhost"},
        )
    ],
    "a path behind the server": lambda p: [
        kubeconfig(
            p, {"token": p["reader"]}, {"server": p["server"] + "/prefix", "certificate-authority-data": p["ca"]}
        )
    ],
    "proxy-url where nobody listens": lambda p: [
        kubeconfig(
            p,
            {"token": p["reader"]},
            {"server": p["server"], "certificate-authority-data": p["ca"], "proxy-url": "http://127.0.0.1:1"},
        )
    ],
    "bad YAML": lambda _: ["a: ["],
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_kubeconfig_means_what_it_means_to_kubectl(name: str, parts, kubectl: Path, tmp_path: Path) -> None:
    environ = {"KUBECONFIG": write(parts, tmp_path, CONFIGS[name]), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
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
def test_a_flag_means_what_it_means_to_kubectl(name: str, parts, kubectl: Path, tmp_path: Path) -> None:
    fields, words = FLAGS[name]
    path = write(parts, tmp_path, lambda p: [kubeconfig(p, {"token": p["admin"]})])
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
