"""What README.md shows is what the program prints: every console block is run and compared.

`README_UPDATE=1` writes the outputs anew (`make golden`); read the diff.
"""

import io
import os
import re
import shlex
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.make_certificates import write_certificates
from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BLOCK = re.compile(r"```console\n\$ kubectl mtls ([^\n]*)\n(.*?)```\n", re.DOTALL)


@pytest.fixture(scope="module")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples and certificates of a fixed day, as the README's reader has them."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "examples").symlink_to(ROOT / "examples")
    write_certificates(folder / "build" / "examples", NOW)
    return folder


def output(command: str, folder: Path) -> str:
    """Both streams, as a terminal shows them."""
    terminal = io.StringIO()
    session = Session(environ={}, stdin=io.BytesIO(), stdout=terminal, stderr=terminal, clock=lambda: NOW)
    with chdir(folder):
        code = main(shlex.split(command), session)
    assert code in (0, 4), terminal.getvalue()
    return terminal.getvalue()


def commands() -> list[str]:
    return [match[1] for match in BLOCK.finditer(README.read_text())]


@pytest.mark.parametrize("command", commands())
def test_the_readme_shows_what_the_program_prints(command: str, meshes: Path) -> None:
    shown = {match[1]: match[2] for match in BLOCK.finditer(README.read_text())}[command]
    found = output(command, meshes)
    if os.environ.get("README_UPDATE"):
        block = f"```console\n$ kubectl mtls {command}\n"
        README.write_text(README.read_text().replace(f"{block}{shown}```\n", f"{block}{found}```\n"))
    else:
        assert found == shown


def test_the_readme_has_examples() -> None:
    assert len(commands()) >= 4
