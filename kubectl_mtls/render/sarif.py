"""Findings as SARIF 2.1.0 (OASIS), for code scanning: rules with their pages, results at file and line.

In messages `{` and `}` are doubled (3.11.5), and square brackets escaped where they would make a link (3.11.6). Paths
stay relative where they were given so: code scanning takes them from the repository's root.
"""

import hashlib
from typing import Any
from urllib.parse import quote

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.render.findings import sentence
from kubectl_mtls.render.rule_page import render_rule_page
from kubectl_mtls.render.structured import render_object
from kubectl_mtls.render.text import escape
from kubectl_mtls.rules.report import Checked, Report, State
from kubectl_mtls.rules.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_BASELINE = {State.NEW: "new", State.STILL_THERE: "unchanged", State.GONE: "absent"}
Json = dict[str, Any]


def render_sarif(report: Report, version: str) -> str:
    """One log with one run."""
    index = {rule.code: position for position, rule in enumerate(report.rules)}
    driver = {"name": "kubectl-mtls", "version": version, "rules": [_rule(rule) for rule in report.rules]}
    notifications = [_notification(gap, report) for gap in report.gaps]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": not report.is_blind, "toolExecutionNotifications": notifications},
        ],
        "results": [_result(one, index) for one in report.checked],
    }
    return render_object({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, "json")


def _rule(rule: Rule) -> Json:
    page = render_rule_page(rule, rule.severity.value)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": _message(rule.summary)},
        "fullDescription": {"text": _message(rule.summary)},
        "help": {"text": _message(f"kubectl mtls rules {rule.code} explains it."), "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(one: Checked, index: dict[str, int]) -> Json:
    finding = one.finding
    words = [sentence(finding), f"Fix: {finding.fix}" if finding.fix else ""]
    result: Json = {
        "ruleId": finding.code,
        **({"ruleIndex": index[finding.code]} if finding.code in index else {}),
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(_message(word) for word in words if word)},
        "locations": [_location(finding)],
        "partialFingerprints": {"findingHash/v1": _fingerprint(finding)},
    }
    if one.state:
        result["baselineState"] = _BASELINE[one.state]
    if one.ignored:
        kind = "external" if one.ignored.origin else "inSource"
        result["suppressions"] = [{"kind": kind, "justification": escape(one.ignored.reason)}]
    return result


def _location(finding: Finding) -> Json:
    location: Json = {}
    if isinstance(finding.origin, FileOrigin) and finding.origin.path != "-":
        place = finding.origin.at(finding.field)
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(place.path)},
            "region": {"startLine": place.line},
        }
    name = finding.object.full if finding.object else "mesh"
    location["logicalLocations"] = [{"fullyQualifiedName": escape(name), "kind": "resource"}]
    return location


def _notification(gap: Gap, report: Report) -> Json:
    blind = [one.rule.code for one in report.unchecked if one.gap == gap]
    return {
        "level": "warning" if report.allow_gaps else "error",
        "message": {"text": _message(gap.detail)},
        "properties": {"rules": blind},
    }


def _message(text: str) -> str:
    text = escape(text).replace("{", "{{").replace("}", "}}")
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in text else text


def _uri(path: str) -> str:
    """A relative reference or a file URI (RFC 3986, RFC 8089); bytes that are no UTF-8 stay what they are."""
    written = quote(path.replace("\\", "/").encode("utf-8", "surrogateescape"), safe="/~!$&'()*+,;=@")
    return f"file://{written}" if path.startswith("/") else written


def _fingerprint(finding: Finding) -> str:
    """What stays the same when lines move."""
    about = (finding.code, finding.object.full if finding.object else "", finding.field)
    return hashlib.sha256("\0".join(about).encode("utf-8", "backslashreplace")).hexdigest()
