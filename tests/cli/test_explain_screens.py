"""What `explain` looks like: one connection that fails, one that works, a table, wide, and a log line."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import Run, Runner

MESH = "../../live/connection.yaml"
LINE = '"- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.1.0.3:5432 10.1.0.2:40112 - -'


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("explain-fails", f"explain deploy/report svc/ledger:5432 -n shop -f {MESH}"),
        ("explain-works", f"explain deploy/report svc/cart -n shop -f {MESH}"),
        ("explain-outside", f"explain ns/batch api.partner.example -f {MESH}"),
        ("explain-hosts", f"explain deploy/report -n shop -f {MESH}"),
        ("explain-any-wide", f"explain any -o wide -f {MESH}"),
        ("explain-symptom", f"explain any --symptom '{LINE}' -f {MESH}"),
    ],
)
def test_the_screen(run: Runner, golden: Callable[[str, Run], None], name: str, line: str) -> None:
    golden(name, run(line))
