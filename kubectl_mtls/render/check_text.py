"""`check` for people and for machines that read JSON: the findings, what was set aside, and what was not read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kubectl_mtls.render.connection_effect import difference_lines
from kubectl_mtls.render.connection_effect_json import difference_object
from kubectl_mtls.render.findings import render_findings, render_gaps
from kubectl_mtls.render.object_json import finding_object, gap_object, origin_object
from kubectl_mtls.render.text import escape
from kubectl_mtls.rules.report import Checked, Report, State

_TITLES = {
    State.NEW: "NEW, if these files were applied",
    State.STILL_THERE: "STILL THERE, as in the cluster now",
    State.GONE: "GONE",
}


def render_check(report: Report, now: datetime) -> str:
    """Findings as `status` shows them, grouped by state where files are held against the cluster."""
    shown = [one for one in report.checked if one.ignored is None]
    if any(one.state for one in shown):
        parts = list(_grouped(shown, now))
    else:
        parts = [render_findings([one.finding for one in shown], now)]
    if report.difference is not None and (report.difference.shifts or report.difference.plain):
        lines = difference_lines(report.difference)
        parts.append("".join(f"{line}\n" for line in ("CONNECTIONS", *(f"  {line}" for line in lines))))
    aside = [one for one in report.checked if one.ignored]
    if aside:
        parts.append("".join(f"{escape(line)}\n" for line in (f"IGNORED {len(aside)}", *map(_ignored_line, aside))))
    if gaps := render_gaps(report.gaps):
        parts.append(gaps)
    return "\n".join(parts)


def _grouped(shown: list[Checked], now: datetime) -> Iterator[str]:
    if not any(one.state is State.NEW for one in shown):
        yield "no new findings\n"
    for state, title in _TITLES.items():
        if findings := [one.finding for one in shown if one.state is state]:
            yield f"{title}\n{render_findings(findings, now)}"


def _ignored_line(one: Checked) -> str:
    finding = one.finding
    about = finding.object.full if finding.object else "mesh"
    assert one.ignored
    until = f" (until {one.ignored.last_day})" if one.ignored.until else ""
    return f"  {finding.code}  {about}: {one.ignored.reason}{until}"


def check_object(report: Report) -> dict[str, Any]:
    """The answer as plain values: `findings` (those that count or were there before), `ignored`, `gaps`.

    `connections` is there where files are held against a cluster.
    """
    difference = {"connections": difference_object(report.difference)} if report.difference is not None else {}
    return {
        "findings": [_finding(one) for one in report.checked if one.ignored is None],
        "ignored": [_ignored(one) for one in report.checked if one.ignored],
        "gaps": [gap_object(gap) for gap in report.gaps],
        **difference,
    }


def _finding(one: Checked) -> dict[str, Any]:
    return {**finding_object(one.finding), "state": one.state.value if one.state else None}


def _ignored(one: Checked) -> dict[str, Any]:
    assert one.ignored
    return {
        **_finding(one),
        "reason": one.ignored.reason,
        "until": one.ignored.last_day,
        "by": origin_object(one.ignored.origin, ""),
    }
