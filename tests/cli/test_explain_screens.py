"""What `explain` looks like: one connection that fails, one that works, a table, wide, and a log line."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import GOLDEN, Run, Runner

MESH = "../../live/connection.yaml"
LINE = '"- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.1.0.3:5432 10.1.0.2:40112 - -'


LINES = {
    "explain-fails": f"explain deploy/report svc/ledger:5432 -n shop -f {MESH}",
    "explain-works": f"explain deploy/report svc/cart -n shop -f {MESH}",
    "explain-outside": f"explain ns/batch api.partner.example -f {MESH}",
    "explain-hosts": f"explain deploy/report -n shop -f {MESH}",
    "explain-any-wide": f"explain any -o wide -f {MESH}",
    "explain-symptom": f"explain any --symptom '{LINE}' -f {MESH}",
}


@pytest.mark.parametrize("name", LINES)
def test_explain_answers_word_for_word(run: Runner, golden: Callable[[str, Run], None], name: str) -> None:
    golden(name, run(LINES[name]))


def test_every_golden_file_of_explain_belongs_to_a_command_line() -> None:
    assert {path.stem for path in GOLDEN.glob("explain-*.txt")} == set(LINES)
