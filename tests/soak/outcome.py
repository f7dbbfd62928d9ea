"""What must hold for one run of `status` whatever was done to its requests: the judge of the fault scripts."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.live.program import Ran
from tests.servers.fault_script import Script

Row = tuple[str, str, int]
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST = 20_000


def complaints(
    script: Script, met: list[str | None], ran: Ran, healthy: Mapping[str, Any], seconds: float, limit: float
) -> list[str]:
    """What is wrong with the outcome; empty when all is as it must be.

    `met` are the faults that requests really met, `limit` the seconds that the run may take.
    """
    said = ran.out + ran.err
    wrong = [
        word
        for word, so in {
            f"took {seconds:.1f} s of {limit:g}": seconds > limit,
            f"exit code {ran.code}": ran.code not in (0, 3),
            "a traceback": "Traceback" in said,
            "a bug": "this is a bug" in said,
            "a control character": _CONTROL.search(said) is not None,
            "an endless message": len(ran.err) > LONGEST,
            "an unauthorized client that got an answer": "401" in met and ran.code == 0,
        }.items()
        if so
    ]
    if ran.code == 3:
        return wrong + _of_error(script, ran)
    if ran.code == 0:
        return wrong + _of_answer(script, json.loads(ran.out), healthy)
    return wrong


def _of_error(script: Script, ran: Ran) -> list[str]:
    lines = [line for line in ran.err.splitlines() if not line.startswith("Warning: ")]
    wrong = ["an error with an answer"] if ran.out else []
    if not lines or not lines[0].startswith("error: "):
        wrong.append("no sentence")
    if script and all(rule.passes for rule in script) and len(script) == 1:
        wrong.append("an error although the fault passes")
    return wrong


def _of_answer(script: Script, answer: Mapping[str, Any], healthy: Mapping[str, Any]) -> list[str]:
    if not answer["gaps"]:
        return [] if answer == healthy else ["another answer without a gap"]
    if len(script) == 1 and script[0].passes:
        return ["a gap although the fault passes"]
    kinds = {gap["kind"] for gap in answer["gaps"]}
    told, truth = _modes(answer), _modes(healthy)
    wrong = [
        f"{row} said to be {mode}, is {truth.get(row)}"
        for row, mode in told.items()
        if mode != truth.get(row) and mode != "UNKNOWN"
    ]
    if set(told) < set(truth) and not kinds & {"Service", None}:
        wrong.append(f"rows are missing, and {kinds} does not say so")
    true_findings = {_identity(finding) for finding in healthy["findings"]}
    wrong += [f"invented {one}" for one in map(_identity, answer["findings"]) if one not in true_findings]
    return wrong


def _modes(answer: Mapping[str, Any]) -> dict[Row, str]:
    return {(row["namespace"], row["service"], row["port"]): row["mode"] for row in answer["services"]}


def _identity(finding: Mapping[str, Any]) -> tuple[str, str]:
    return finding["code"], json.dumps(finding["object"], sort_keys=True)
