"""What sidecars accept, compared with what istiod's own code programs into them.

server/cases-random.jsonl.gz holds meshes as manifests, server/answers-random.jsonl.gz what the control-plane code of
Istio 1.31 generated for each pod and port: the mode was found by sending imaginary connections through the inbound
listener.
"""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import mode_word
from tests.conformance.comparison import snapshot_of

FOLDER = Path(__file__).parent / "server"
MESHES = 150
ANSWERS = 4087


@cache
def lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(FOLDER / name) as file:
        return [json.loads(line) for line in file]


def cases() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(lines("cases-random.jsonl.gz"), lines("answers-random.jsonl.gz"), strict=True))


def resolved(snapshot: Snapshot, asked: list[dict[str, Any]]) -> Iterator[tuple[str, int, str]]:
    policies = Policies(snapshot)
    for one in asked:
        namespace, _, name = one["pod"].partition("/")
        yield one["pod"], one["port"], mode_word(resolve_server(policies, snapshot.pods[namespace, name], one["port"]))


def test_there_are_answers_to_compare_with() -> None:
    assert len(cases()) == MESHES
    assert sum(len(answer["server"]) for _, answer in cases()) == ANSWERS
    assert {one["mode"] for _, answer in cases() for one in answer["server"]} == {
        "STRICT",
        "PERMISSIVE",
        "DISABLE",
        "NONE",
        "GATEWAY",
    }


@pytest.mark.parametrize(("case", "answer"), cases(), ids=[case["id"] for case, _ in cases()])
def test_every_port_of_every_pod_has_the_mode_that_istiod_programs(
    case: dict[str, Any], answer: dict[str, Any]
) -> None:
    assert case["id"] == answer["id"]
    assert "errors" not in answer
    snapshot = snapshot_of(case["yaml"])
    assert (snapshot.gaps, snapshot.rejects, snapshot.duplicates) == ((), (), ())
    programmed = [(one["pod"], one["port"], one["mode"]) for one in answer["server"]]
    assert programmed
    assert list(resolved(snapshot, answer["server"])) == programmed
    mesh = snapshot.mesh_config(None)
    assert {
        "rootNamespace": mesh.root_namespace,
        "trustDomain": mesh.trust_domain,
        "enableAutoMtls": mesh.auto_mtls,
    } == answer["mesh"]
