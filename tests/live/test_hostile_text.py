"""Text from the cluster that wants to steer the terminal, forge lines or flood the screen: whatever object it is in."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.live.program import Ran, run, run_as
from tests.servers.api import ApiServer
from tests.servers.manifests import load_manifests
from tests.soak.run import MESH

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066\u200b \r\nerror: forged\tx"
STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
SCREEN = 100_000


def poisoned(flood: str) -> list[dict[str, Any]]:
    """The soak's mesh with such text wherever an API server takes it."""
    manifests = load_manifests(MESH)
    for manifest in manifests:
        manifest["metadata"]["annotations"] = {"note": EVIL + flood, "sidecar.istio.io/status": EVIL}
        match manifest["kind"]:
            case "ConfigMap":
                manifest["data"] = {"mesh": yaml.safe_dump({"trustDomain": EVIL, "rootNamespace": "istio-system"})}
            case "Deployment":
                manifest["spec"]["template"]["spec"]["containers"][0]["image"] = f"istio/pilot:{EVIL}"
            case "Pod":
                manifest["spec"]["containers"][0]["image"] = EVIL
                manifest["status"]["message"] = EVIL
    return manifests


def check(ran: Ran) -> None:
    assert ran.code in (0, 1), ran.err
    found = STEERING.search(ran.out + ran.err)
    assert found is None, repr((ran.out + ran.err)[max(0, found.start() - 200) : found.end() + 50])
    assert not any(line.startswith("error: forged") for line in (ran.out + ran.err).splitlines())
    assert len(ran.out + ran.err) < SCREEN


COMMANDS = {
    "status": ("status",),
    "wide": ("status", "-o", "wide"),
    "JSON": ("status", "-o", "json"),
    "YAML": ("status", "-o", "yaml"),
    "everything": ("status", "-A", "--problems"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_cluster_cannot_steer_the_terminal(name: str, poisoned_cluster: ApiServer) -> None:
    check(run_as(poisoned_cluster, "reader", "shop", *COMMANDS[name]))


@pytest.fixture(scope="module")
def poisoned_cluster(cluster: ApiServer) -> Any:
    cluster.apply(poisoned("x" * 200_000))
    yield cluster
    cluster.reset()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_cannot_either_and_a_megabyte_is_no_burden(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mesh.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": poisoned(EVIL * 25_000)}))
    words = [word for word in COMMANDS[name] if word != "-A"]
    check(run(*words, "-f", str(path)))


def test_a_file_with_an_evil_name(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2J\u202e.yaml"
    path.write_text("a: [")
    ran = run("status", "-f", str(path))
    assert ran.code == 2
    assert STEERING.search(ran.err) is None


TYPED = (("svc/\x1b[2J",), ("-n", "\x1b[2J"), ("--at", "\x1b[2J"), ("\u202e",), ("-o", "\x1b"))


@pytest.mark.parametrize("words", TYPED)
def test_what_was_typed_cannot_either(words: tuple[str, ...], cluster: ApiServer) -> None:
    ran = run_as(cluster, "reader", "shop", "status", *words)
    assert STEERING.search(ran.out + ran.err) is None


NOT_UTF8 = os.fsdecode(b"a\xff")
FLAGS = ("-n", "--as", "--server", "--tls-server-name", "--istio-namespace", "--context", "--token", "-l", "-f", "svc/")


@pytest.mark.parametrize("flag", FLAGS)
def test_what_is_no_text_is_a_wrong_flag(flag: str, cluster: ApiServer) -> None:
    words = (flag + NOT_UTF8,) if flag == "svc/" else (flag, NOT_UTF8)
    ran = run_as(cluster, "admin", "shop", "status", *words)
    assert ran.code == (3 if flag == "--server" else 2), ran.err
    assert "bug" not in ran.err
