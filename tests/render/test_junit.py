"""JUnit XML: parsed back by a real parser, with the counts that it states."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.render.junit import render_junit
from kubectl_mtls.rules.report import Checked, Report, State
from tests.render.reports import EVERYTHING, HOSTILE, IGNORE, RULES, finding, gap, report

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


def suite_of(answer: Report) -> ET.Element:
    root = ET.fromstring(render_junit(answer, NOW).encode())
    (suite,) = root
    cases = suite.findall("testcase")
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert suite.get("tests") == str(len(cases))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(attribute) == str(sum(case.find(tag) is not None for case in cases))
    return suite


def outcomes(answer: Report) -> list[str]:
    """What the cases of findings and gaps hold, those of rules without any left out."""
    return [child.tag for case in suite_of(answer) for child in case]


def test_whatever_the_text_it_is_xml():
    suite = suite_of(EVERYTHING)
    assert suite.get("timestamp") == "2026-08-01T12:00:00"
    assert len(suite) > len(EVERYTHING.checked)


def test_only_what_makes_the_answer_a_no_is_a_failure():
    checked = [Checked(finding()), Checked(finding(Severity.WARNING)), Checked(finding(), ignored=IGNORE)]
    assert outcomes(report(*checked)) == ["failure", "system-out", "skipped"]
    assert outcomes(report(*(Checked(finding(), state) for state in State))) == ["failure", "system-out", "system-out"]


def test_a_rule_without_a_finding_is_a_test_that_passes():
    suite = suite_of(report())
    assert [case.get("classname") for case in suite] == [f"{rule.code} {rule.name}" for rule in RULES]
    assert suite.get("failures") == suite.get("errors") == "0"


def test_a_failure_names_file_line_and_fix():
    (case,) = suite_of(report(Checked(finding()))).findall("testcase[failure]")
    assert (case.get("file"), case.get("line")) == ("policies/a b,c:d%.yaml", "7")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "peerauthentication/cart -n shop says so"
    assert failure.text == "at policies/a b,c:d%.yaml:7\nfix: mend it"


def test_hostile_text_stays_on_its_line_and_can_be_read():
    (case,) = suite_of(report(Checked(finding(message=HOSTILE)))).findall("testcase[failure]")
    message = case.find("failure").get("message")
    assert "100% ^[[31mred\\r\\n::error::x, <&\"'>" in message


def test_a_gap_is_an_error_and_skipped_where_it_is_allowed():
    assert outcomes(report(gaps=(gap(),))) == ["error"]
    assert outcomes(report(gaps=(gap(),), allow_gaps=True)) == ["skipped"]
