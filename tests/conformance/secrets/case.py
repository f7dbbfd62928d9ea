"""The cases: Secrets as manifests, with the answers of the engines, line by line."""

import gzip
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from tests.conformance.secrets.judge import differences
from tests.conformance.secrets.key_bytes import hidden_runs, leaks

CASES = Path(__file__).parent / "cases"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Pair = tuple[dict[str, Any], dict[str, Any]]


@cache
def read_cases(folder: Path = CASES) -> tuple[Pair, ...]:
    """(case, answer) of every pair of files in a folder, those left out that the oracle could not answer."""
    return tuple(
        (case, answer)
        for path in sorted([*folder.glob("cases-*.jsonl.gz"), *folder.glob("cases-*.jsonl")])
        for case, answer in zip(
            _lines(path), _lines(path.with_name(path.name.replace("cases-", "answers-"))), strict=True
        )
        if not answer.get("errors")
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
        yield from map(json.loads, file)


def inspect_file(path: Path, at: str | None, *flags: str) -> tuple[int, str, str]:
    """`inspect-secret -f FILE` in this process: exit code, output, errors."""
    out, err = io.StringIO(), io.StringIO()
    session = Session(environ={}, stdin=io.BytesIO(), stdout=out, stderr=err, clock=lambda: datetime.now(UTC))
    argv = ["inspect-secret", "-f", str(path), *(["--at", at] if at else []), *flags]
    return main(argv, session), out.getvalue(), err.getvalue()


def complaints(case: dict[str, Any], answer: dict[str, Any], ran: tuple[int, str, str]) -> list[str]:
    """What is wrong with a run of `inspect-secret -o json` on a case; empty when it is equal to the engines."""
    code, out, err = ran
    wrong = [
        word
        for word, so in {
            "KEY BYTES IN OUTPUT": leaks(f"{out}\n{err}", hidden_runs(case["yaml"])),
            "traceback": "Traceback (most recent call last)" in out + err,
            f"exit code {code}": code not in (0, 1, 2),
            "control characters in output": _CONTROL.search(out + err) is not None,
        }.items()
        if so
    ]
    if answer.get("invalid"):
        return [*wrong, *(["exit code 0 for a file that the API server refuses"] if code == 0 else [])]
    try:
        items = json.loads(out)["items"]
    except ValueError:
        return [*wrong, "no JSON"]
    by_identity = {(item["namespace"], item["name"], item["kind"]): item for item in items}
    for engines in answer["secrets"]:
        item = by_identity.get((engines["namespace"], engines["name"], engines["kind"]))
        wrong += ["item missing"] if item is None else differences(case, engines, item)
    return wrong
