"""Exec plugins: run once, and a failure ends the run instead of going on anonymously."""

import json
import sys
from pathlib import Path

import pytest

from kubectl_mtls.errors import InvalidInput, MtlsError, Unauthorized
from kubectl_mtls.kube.exec_plugin import run_plugin
from kubectl_mtls.kube.target import Target

V1 = "client.authentication.k8s.io/v1"


def target(script: str, **entry) -> Target:
    plugin = {"apiVersion": V1, "interactiveMode": "Never", "command": sys.executable, "args": ["-c", script], **entry}
    cluster = {
        "server": "https://api",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"a": 1}}],
    }
    return Target("https://api", plugin=plugin, cluster=cluster, ca=b"CA")


def says(status: object, version: str = V1) -> str:
    return f"print({json.dumps({'apiVersion': version, 'kind': 'ExecCredential', 'status': status})!r})"


def test_token_and_certificate_are_both_used() -> None:
    status = {"token": "t", "clientCertificateData": "C", "clientKeyData": "K"}
    credentials = run_plugin(target(says(status)), {})
    assert (credentials.token, credentials.certificate, credentials.key) == ("t", b"C", b"K")
    assert "K" not in repr(credentials)


def test_environment_and_cluster_reach_the_plugin(tmp_path: Path) -> None:
    names = "MINE", "BOTH", "KUBERNETES_EXEC_INFO"
    seen = tmp_path / "seen"
    script = f"import os; open({str(seen)!r}, 'w').write(''.join(os.environ[n] for n in {names})); "
    entry = {"env": [{"name": "MINE", "value": "m"}, {"name": "BOTH", "value": "plugin"}], "provideClusterInfo": True}
    run_plugin(target(script + says({"token": "t"}), **entry), {"BOTH": "process"})
    assert seen.read_text().startswith("mplugin{")
    assert json.loads(seen.read_text().removeprefix("mplugin"))["spec"] == {
        "interactive": False,
        "cluster": {"server": "https://api", "certificate-authority-data": "Q0E=", "config": {"a": 1}},
    }


FAILING: dict[str, tuple[Target, type[MtlsError], str]] = {
    "a failing plugin": (target("raise SystemExit(3)"), Unauthorized, "failed with exit code 3"),
    "a missing program": (
        target("", command="/nowhere/x", installHint="get x"),
        InvalidInput,
        "cannot be run: No such file",
    ),
    "no JSON": (target("print('hello')"), Unauthorized, "answered no ExecCredential"),
    "a list": (target("print('[]')"), Unauthorized, "answered no ExecCredential"),
    "another version": (target(says({"token": "t"}, "x/v9")), Unauthorized, "another apiVersion"),
    "nothing in it": (target(says({})), Unauthorized, "neither a token nor a certificate"),
    "half a pair": (target(says({"clientKeyData": "K"})), Unauthorized, "only one of certificate and key"),
    "an old version": (target("", apiVersion="client.authentication.k8s.io/v1alpha1"), InvalidInput, "known: "),
    "no mode": (target("", interactiveMode=None), InvalidInput, "needs interactiveMode"),
    "no command": (target("", command=""), InvalidInput, "has no command"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_plugin_that_gives_nothing_ends_the_run(name: str) -> None:
    broken, error_type, message = FAILING[name]
    with pytest.raises(error_type, match=message):
        run_plugin(broken, {})
