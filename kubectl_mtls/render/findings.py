"""Findings and gaps as people read them: what, where, since when, and the command that mends it."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.render.text import escape
from kubectl_mtls.render.words import changed_words

_WIDTH = max(len(severity.value) for severity in Severity)
_COLUMNS = 100


def render_findings(findings: Sequence[Finding], now: datetime) -> str:
    """A count, then each finding with its change and its fix; one line when there is none."""
    if not findings:
        return "no findings\n"
    lines = [f"{_counted(findings)} (kubectl mtls rules CODE explains)"]
    indent = " " * (_WIDTH + 2)
    for finding in findings:
        head = f"{finding.severity.value:{_WIDTH}}  {finding.code}  "
        lines += textwrap.wrap(
            head + escape(sentence(finding)),
            _COLUMNS,
            subsequent_indent=indent,
            break_on_hyphens=False,
            break_long_words=False,
        )
        if isinstance(finding.origin, FileOrigin):
            lines.append(f"{indent}at {finding.origin.at(finding.field)}")
        if changed := changed_words(finding.changed, now):
            lines.append(f"{indent}{changed}")
        if finding.fix:
            lines.append(f"{indent}fix: {finding.fix}")
    return "".join(f"{escape(line)}\n" for line in lines)


def sentence(finding: Finding) -> str:
    """The message, its object named so that it can be pasted: with the namespace."""
    if finding.object is None:
        return finding.message
    rest = finding.message.removeprefix(str(finding.object))
    return finding.object.full + (rest if rest != finding.message else f": {rest}")


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    words = [
        f"{counts[severity]} {severity.value if severity is Severity.INFO else _plural(severity, counts[severity])}"
        for severity in Severity
        if counts[severity]
    ]
    return ", ".join(words)


def _plural(severity: Severity, count: int) -> str:
    return severity.value if count == 1 else f"{severity.value}s"


def render_gaps(gaps: Sequence[Gap]) -> str:
    """What could not be read; empty when all was."""
    if not gaps:
        return ""
    roles = "; docs/rbac has the roles" if any(gap.missing_rule for gap in gaps) else ""
    lines = [f"NOT READ   what depends on it is UNKNOWN{roles}", *(f"  {gap.detail}" for gap in gaps)]
    return "".join(f"{escape(line)}\n" for line in lines)
