"""`inspect-secret`, compared with what istiod's own code, OpenSSL and Envoy make of the same Secrets.

cases/ holds Secrets with one or two things wrong and the answers of all three, line by line; oracle/ makes more.
"""

import json
from typing import Any

import pytest

from tests.conformance.secrets.case import complaints, inspect_file, read_cases

CASES = 150
_SAYS = {"client": "server_says", "server": "client_says"}


def test_there_are_answers_to_compare_with() -> None:
    assert len(read_cases()) == CASES
    engines = [one for _, answer in read_cases() for one in answer["secrets"]]
    assert {one["role"] for one in engines} == {"credential", "ca-credential", "plugged-ca", "self-signed-ca"}
    assert {one["istiod"]["accepted"] for one in engines} == {True, False, None}
    assert {one["verifies_server"] for one in engines} == {True, False, None}


@pytest.mark.parametrize(("case", "answer"), read_cases(), ids=[case["id"] for case, _ in read_cases()])
def test_every_answer_is_that_of_the_engines(case: dict[str, Any], answer: dict[str, Any], tmp_path) -> None:
    assert case["id"] == answer["id"]
    file = tmp_path / "secret.yaml"
    file.write_text(case["yaml"])
    ran = inspect_file(file, case["at"], "-o", "json")
    assert complaints(case, answer, ran) == []
    if not answer.get("invalid"):
        for engines, item in _pairs(answer, json.loads(ran[1])["items"]):
            _compare_symptoms(engines, item)


def _pairs(answer: dict[str, Any], items: list[dict[str, Any]]):
    by_name = {(item["namespace"], item["name"], item["kind"]): item for item in items}
    return [(one, by_name[one["namespace"], one["name"], one["kind"]]) for one in answer["secrets"]]


def _compare_symptoms(engines: dict[str, Any], item: dict[str, Any]) -> None:
    """What we say a refusing proxy logs is what the real one logged."""
    handshake = engines["handshake"]
    if engines["role"] != "credential" or not handshake or any(handshake["load"].values()):
        return
    for role, side in _SAYS.items():
        done = handshake["handshakes"].get(role)
        if done and not done["ok"] and item["symptoms"][role]:
            assert item["symptoms"][role] in done[side]
