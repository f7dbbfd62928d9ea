"""Findings as GitHub workflow commands: annotations at file and line of a pull request.

Escaping follows actions/toolkit, packages/core/src/command.ts: `%`, CR and LF in messages, in properties also `:` and
`,`. GitHub shows ten of each kind for a step.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.render.findings import sentence
from kubectl_mtls.render.text import escape
from kubectl_mtls.rules.report import Checked, Report, State

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(report: Report) -> str:
    """One line for every finding that is not set aside or gone, and one for every gap."""
    lines = [_annotation(one) for one in report.checked if one.ignored is None and one.state is not State.GONE]
    return "".join(f"{line}\n" for line in (*lines, *_gap_lines(report)))


def _annotation(one: Checked) -> str:
    finding = one.finding
    level = "notice" if one.state is State.STILL_THERE else _LEVELS[finding.severity]
    properties = {"title": f"{finding.code} {finding.name}"}
    if isinstance(finding.origin, FileOrigin) and finding.origin.path != "-":
        place = finding.origin.at(finding.field)
        properties = {"file": place.path, "line": str(place.line), **properties}
    said = sentence(finding) + (" (was there before)" if one.state is State.STILL_THERE else "")
    return _command(level, properties, said, *([f"fix: {finding.fix}"] if finding.fix else []))


def _gap_lines(report: Report) -> Iterator[str]:
    level = "warning" if report.allow_gaps else "error"
    for gap in report.gaps:
        place = {"file": gap.origin.path, "line": str(gap.origin.line)} if isinstance(gap.origin, FileOrigin) else {}
        yield _command(level, {**place, "title": "not read"}, gap.detail)


def _command(level: str, properties: dict[str, str], *lines: str) -> str:
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {written}::{'%0A'.join(map(_data, lines))}"


def _data(text: str) -> str:
    """No line end is left in what is escaped for people, so that only the percent sign is."""
    return escape(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
