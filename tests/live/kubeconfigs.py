"""Kubeconfigs of every kind for one API server, and the question whether kubectl and the cluster door mean the same."""

import base64
import json
import subprocess
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

Make = Callable[[dict[str, Any]], list[str]]
"""From the parts to the texts of the files that KUBECONFIG lists."""


def make_parts(cluster: ApiServer, folder: Path) -> dict[str, Any]:
    """What kubeconfigs are made of: the server's entry, tokens, a certificate; as data and as files beside them."""
    admin = yaml.safe_load(cluster.kubeconfig("admin").read_text())
    pair = yaml.safe_load(cluster.kubeconfig("admin", certificate=True).read_text())["users"][0]["user"]
    ca = admin["clusters"][0]["cluster"]["certificate-authority-data"]
    reader = yaml.safe_load(cluster.kubeconfig("reader").read_text())["users"][0]["user"]["token"]
    token = admin["users"][0]["user"]["token"]
    (folder / "ca.pem").write_bytes(base64.b64decode(ca))
    (folder / "cert.pem").write_bytes(base64.b64decode(pair["client-certificate-data"]))
    (folder / "key.pem").write_bytes(base64.b64decode(pair["client-key-data"]))
    (folder / "reader.token").write_text(reader + "\n")
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": reader}}
    (folder / "plugin").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    (folder / "broken").write_text("#!/bin/sh\necho 'please log in' >&2\nexit 7\n")
    for name in ("plugin", "broken"):
        (folder / name).chmod(0o755)
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


def write(parts: dict[str, Any], folder: Path, make: Make) -> str:
    """Write the files; the value of KUBECONFIG, which begins with a file that is missing."""
    paths = [str(folder / "missing.yaml")]
    for number, text in enumerate(make(parts)):
        path = folder / f"{number}.yaml"
        path.write_text(text)
        paths.append(str(path))
    return ":".join(paths)


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
    namespace = (view.get("contexts") or [{}])[0].get("context", {}).get("namespace", "default")
    assert api.namespace == (flags.namespace or namespace)
