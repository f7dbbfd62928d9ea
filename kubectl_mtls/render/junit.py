"""Findings as JUnit XML, in the dialect that Jenkins, GitLab and GitHub actions read.

One test case for every finding, and one that passes for every rule without any. Only what makes the answer a no is a
failure; a rule that could not look is an error, or skipped where gaps are allowed.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.render.findings import sentence
from kubectl_mtls.render.text import escape
from kubectl_mtls.rules.report import Checked, Report, State

_NAME = "kubectl mtls check"


def render_junit(report: Report, now: datetime) -> str:
    """One test suite."""
    cases = [*_cases(report)]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    attributes = {"name": _NAME, **{key: str(count) for key, count in counts.items()}, "time": "0"}
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(root, "testsuite", {**attributes, "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}"})
    suite.extend(cases)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _cases(report: Report) -> Iterator[ET.Element]:
    found = {one.finding.code for one in report.checked}
    blind = {unchecked.rule.code for unchecked in report.unchecked}
    for rule in report.rules:
        if rule.code not in found | blind:
            yield _case(f"{rule.code} {rule.name}", rule.summary)
    yield from (_finding_case(one, fails=report.fails(one)) for one in report.checked)
    yield from (_gap_case("input", gap, report.allow_gaps) for gap in report.shapeless)
    for one in report.unchecked:
        yield _gap_case(f"{one.rule.code} {one.rule.name}", one.gap, report.allow_gaps)


def _finding_case(one: Checked, *, fails: bool) -> ET.Element:
    finding = one.finding
    about = f"{finding.object.full if finding.object else 'mesh'} {finding.field}".strip()
    case = _case(f"{finding.code} {finding.name}", about)
    if isinstance(finding.origin, FileOrigin):
        place = finding.origin.at(finding.field)
        case.set("file", escape(place.path))
        case.set("line", str(place.line))
    message = escape(sentence(finding))
    if one.ignored:
        ET.SubElement(case, "skipped", {"message": escape(f"ignored: {one.ignored.reason}")})
    elif one.state is State.GONE:
        ET.SubElement(case, "system-out").text = f"gone: {message}"
    elif fails:
        failure = ET.SubElement(case, "failure", {"type": finding.severity.value, "message": message})
        failure.text = _details(one)
    else:
        ET.SubElement(case, "system-out").text = f"{finding.severity.value}: {message}\n{_details(one)}"
    return case


def _details(one: Checked) -> str:
    finding = one.finding
    place = f"at {finding.origin.at(finding.field)}" if isinstance(finding.origin, FileOrigin) else ""
    lines = (one.state or "", place, f"fix: {finding.fix}" if finding.fix else "")
    return "\n".join(escape(line) for line in lines if line)


def _gap_case(what: str, gap: Gap, allowed: bool) -> ET.Element:
    case = _case(what, "could not look")
    tag = "skipped" if allowed else "error"
    ET.SubElement(case, tag, {"message": escape(gap.detail), **({} if allowed else {"type": "not read"})})
    return case


def _case(what: str, about: str) -> ET.Element:
    return ET.Element("testcase", {"classname": what, "name": escape(about), "time": "0"})
