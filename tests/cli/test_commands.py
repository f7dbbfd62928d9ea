"""Help waits for nothing heavy, and a command only for what it needs."""

import subprocess
import sys

import pytest

from kubectl_mtls.cli.commands import COMMANDS

LISTED = (
    "import sys; from kubectl_mtls.cli.main import main; from kubectl_mtls.cli.session import Session; "
    "main({!r}, Session()); print(*sys.modules, file=sys.stderr)"
)


def imported(*argv: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", LISTED.format(argv)], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    heavy = {"cryptography", "kubernetes", "urllib3", "pydantic", "tabulate", "yaml", "google", "ssl", "rich"}
    assert not heavy & imported("--help")


def test_the_version_of_the_program_needs_no_certificates() -> None:
    assert "cryptography" not in imported("version", "--help")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_where_its_name_says(command) -> None:
    assert callable(command.load())
    assert len(command.summary) < 62
