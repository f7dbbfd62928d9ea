"""`check -f`: exit codes, which rules are asked, what is ignored, and the formats that pipelines read."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Runner
from tests.rules.mesh import mesh_config, policy

TWO = policy("a") + policy("b")
BAD = policy("c", "ISTIO_MUTUAL", namespace="bank")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write(text: str, name: str = "mesh.yaml") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def codes(ran: Run) -> list[str]:
    return [finding["code"] for finding in json.loads(ran.out)["findings"]]


def test_a_finding_at_or_above_fail_on_is_a_no(run: Runner, write):
    path = write(TWO)
    assert run(f"check -f {path}").code == 0
    assert run(f"check -f {path} --fail-on warning").code == 1
    assert run(f"check -f {path} --fail-on info").code == 1
    assert run(f"check -f {write(BAD)}").code == 1
    assert run(f"check -f {path} --fail-on sometimes").code == 2


def test_a_mesh_without_findings_passes_and_says_so(run: Runner, write):
    ran = run(f"check -f {write(policy(mode='STRICT'))} --fail-on info")
    assert (ran.code, ran.out, ran.err) == (0, "no findings\n", "")


def test_findings_come_with_file_and_line_of_the_field(run: Runner, write):
    path = write(TWO)
    (finding,) = json.loads(run(f"check -f {path} -o json").out)["findings"]
    assert (finding["code"], finding["state"]) == ("MTLS104", None)
    assert finding["origin"] == {"file": path, "line": 11}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", ["MTLS101", "MTLS104"]),
        ("--select MTLS104", ["MTLS104"]),
        ("--select mtls1", ["MTLS101", "MTLS104"]),
        ("--select MTLS2", []),
        ("--select unknown-mode,MTLS2", ["MTLS101"]),
        ("--select MTLS101 --select MTLS104", ["MTLS101", "MTLS104"]),
        ("--ignore duplicate-policy", ["MTLS101"]),
        ("--select MTLS1 --ignore MTLS101", ["MTLS104"]),
    ],
)
def test_rules_are_chosen_by_code_beginning_and_name(run: Runner, write, flags: str, expected: list[str]):
    assert codes(run(f"check -f {write(TWO + BAD)} -o json {flags}")) == expected


@pytest.mark.parametrize("flags", ["--select MTLS9", "--ignore nothing-like-it", "--select ,", "--select MTLS30"])
def test_a_word_that_means_no_rule_that_is_asked_is_refused(run: Runner, write, flags: str):
    ran = run(f"check -f {write(TWO)} {flags}")
    assert (ran.code, ran.out) == (2, "")


def test_the_annotation_of_an_object_sets_its_finding_aside(run: Runner, write):
    note = "name: b, annotations: {kubectl-mtls/ignore: 'MTLS104 until 2026-09-30: both are meant'}"
    path = write(TWO.replace("name: b", note))
    assert run(f"check -f {path} --fail-on warning").code == 0
    answer = json.loads(run(f"check -f {path} -o json").out)
    assert answer["findings"] == []
    assert (answer["ignored"][0]["reason"], answer["ignored"][0]["until"]) == ("both are meant", "2026-09-30")
    later = run(f"check -f {path} --fail-on warning --at 2026-10-01 -o json")
    assert (later.code, codes(later)) == (1, ["MTLS104", "MTLS113"])


def test_an_ignore_file_needs_reasons_and_days_that_are_not_over(run: Runner, write):
    path = write(TWO)
    entries = """
- {code: duplicate-policy, object: pa/b.shop, reason: both are meant}
- {code: MTLS104}
- code: MTLS102
  reason: later
  until: 2026-07-31
"""
    ran = run(f"check -f {path} --ignore-file {write(entries, 'ignore.yaml')} -o json")
    answer = json.loads(ran.out)
    assert [one["object"]["name"] for one in answer["ignored"]] == ["b"]
    assert codes(ran) == ["MTLS113", "MTLS114"]
    assert [one["origin"]["line"] for one in answer["findings"]] == [4, 3]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("{code: MTLS104}", "ignore.yaml:1: should be a list"),
        ("- MTLS104", "ignore.yaml:1: should be a mapping"),
        ("- {reason: x}", "ignore.yaml:1: code is missing"),
        ("- {code: MTLS104, why: x}", "ignore.yaml:1: why is no key of an entry"),
        ("- {code: MTLS104, reason: [x]}", "ignore.yaml:1: reason should be a string"),
        ("- {code: MTLS104, object: b, reason: x}", "should be TYPE/NAME"),
        ("- {code: MTLS104, object: pa/b -n, reason: x}", "should be TYPE/NAME"),
        ("- [", "malformed YAML"),
    ],
)
def test_a_file_that_is_no_list_of_ignores_is_refused(run: Runner, write, entries: str, words: str):
    ran = run(f"check -f {write(TWO)} --ignore-file {write(entries, 'ignore.yaml')}")
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_an_object_in_an_ignore_file_can_be_pasted_from_the_answer(run: Runner, write):
    entries = "- {code: MTLS104, object: peerauthentication/b -n shop, reason: meant}\n"
    elsewhere = entries.replace("shop", "bank")
    path = write(TWO)
    assert run(f"check -f {path} --fail-on warning --ignore-file {write(entries, 'i.yaml')}").code == 0
    assert run(f"check -f {path} --fail-on warning --ignore-file {write(elsewhere, 'i.yaml')}").code == 1


def test_what_cannot_be_read_is_no_pass_and_a_certain_no_comes_first(run: Runner, write):
    malformed = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: x}\nspec: []\n"
    path = write(TWO + malformed)
    assert run(f"check -f {path}").code == 3
    assert run(f"check -f {path} --allow-gaps").code == 0
    assert run(f"check -f {path} --fail-on warning").code == 1
    assert run(f"check -f {path} --select MTLS402").code == 0
    assert run(f"check -f {write('metadata: {}')}").code == 3


def test_every_format_tells_the_same_findings(run: Runner, write):
    path = write(TWO + BAD + mesh_config("istio-system"))
    sarif = json.loads(run(f"check -f {path} -o sarif").out)["runs"][0]["results"]
    junit = ET.fromstring(run(f"check -f {path} -o junit").out)
    github = run(f"check -f {path} -o github").out.splitlines()
    assert [result["ruleId"] for result in sarif] == ["MTLS101", "MTLS104"]
    assert len(junit.findall(".//failure")) == 1
    assert [line.partition(" ")[0] for line in github] == ["::error", "::warning"]
    assert {run(f"check -f {path} -o {output}").code for output in ("sarif", "junit", "github", "json", "yaml")} == {1}
    assert run(f"check -f {path} -o xml").code == 2


def test_standard_input_is_read_once(run: Runner):
    assert codes(run("check -f - -o json", stdin=TWO.encode())) == ["MTLS104"]


@pytest.mark.parametrize("flags", ["--against cluster", "--against files -f x.yaml"])
def test_against_needs_files_and_means_the_cluster(run: Runner, flags: str):
    assert run(f"check {flags}").code == 2
