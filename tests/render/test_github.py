"""Workflow commands: one line each, read back as the runner reads them."""

import re

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.render.github import render_github
from kubectl_mtls.rules.report import Checked, Report, State
from tests.render.reports import EVERYTHING, HOSTILE, IGNORE, finding, gap, report

COMMAND = re.compile(r"::(?P<level>[a-z]+) (?P<properties>[^:]*)::(?P<data>.*)")


def unescape(text: str, *more: tuple[str, str]) -> str:
    for written, meant in (*more, ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(written, meant)
    return text


def commands(answer: Report) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of every line, by actions/runner's ActionCommand.TryParseV2."""
    found = []
    for line in render_github(answer).split("\n")[:-1]:
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = (pair.partition("=") for pair in match["properties"].split(","))
        properties = {key: unescape(value, ("%3A", ":"), ("%2C", ",")) for key, _, value in pairs}
        found.append((match["level"], properties, unescape(match["data"])))
    return found


def test_an_annotation_has_level_place_title_and_the_fix_on_its_second_line():
    ((level, properties, message),) = commands(report(Checked(finding())))
    assert level == "error"
    assert properties == {"file": "policies/a b,c:d%.yaml", "line": "7", "title": "MTLS102 permissive-mode"}
    assert message == "peerauthentication/cart -n shop says so\nfix: mend it"


def test_percent_colon_and_comma_are_escaped_as_the_runner_asks():
    (line,) = render_github(report(Checked(finding(message="peerauthentication/cart: 100%")))).splitlines()
    assert "file=policies/a b%2Cc%3Ad%25.yaml,line=7," in line
    assert line.endswith("::peerauthentication/cart -n shop: 100%25%0Afix: mend it")


def test_hostile_text_is_one_command_and_begins_no_other():
    ((_, _, message),) = commands(report(Checked(finding(message=HOSTILE, fix=None))))
    assert "100% ^[[31mred\\r\\n::error::x" in message
    assert len(render_github(EVERYTHING).splitlines()) == len(commands(EVERYTHING))


def test_levels_and_what_is_left_out():
    checked = [
        Checked(finding(Severity.WARNING)),
        Checked(finding(Severity.INFO)),
        Checked(finding(), ignored=IGNORE),
        Checked(finding(), State.GONE),
        Checked(finding(), State.STILL_THERE),
    ]
    assert [level for level, _, _ in commands(report(*checked))] == ["warning", "notice", "notice"]


def test_what_is_in_no_file_has_no_place():
    ((_, properties, _),) = commands(report(Checked(finding(origin=ApiOrigin()))))
    assert set(properties) == {"title"}


def test_a_gap_is_an_error_unless_it_is_allowed():
    assert commands(report(gaps=(gap(),))) == [("error", {"title": "not read"}, "may not list pods")]
    assert commands(report(gaps=(gap(),), allow_gaps=True))[0][0] == "warning"
