"""One command line in process: streams of its own, a fixed clock, an empty environment."""

import io
import json
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from tests.posture.clients import mesh

NOW = datetime(2026, 8, 1, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"
MESHES = Path(__file__).parent / "meshes"


@dataclass(frozen=True)
class Run:
    """What came of it. `text` is how it looks in a terminal, with the command before and the code after it."""

    command: str
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        errors = "".join(f"! {line}\n" for line in self.err.splitlines())
        return f"$ {self.command}\n{self.out}{errors}[exit {self.code}]\n"


Runner = Callable[..., Run]
Write = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run `kubectl mtls LINE` in the folder of the meshes."""
    monkeypatch.chdir(MESHES)

    def run_line(line: str, stdin: bytes = b"") -> Run:
        out, err = io.StringIO(), io.StringIO()
        session = Session(environ={}, stdin=io.BytesIO(stdin), stdout=out, stderr=err, clock=lambda: NOW)
        code = main(shlex.split(line), session)
        assert "Traceback" not in out.getvalue() + err.getvalue()
        return Run(f"kubectl mtls {line}", code, out.getvalue(), err.getvalue())

    return run_line


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file with pods web and cart, Service cart, and whatever else; `of` are other objects than those."""

    def write_objects(*more: Any, of: Iterable[Any] | None = None) -> str:
        path = tmp_path / "mesh.yaml"
        path.write_text("\n---\n".join(json.dumps(one) for one in [*(mesh() if of is None else of), *more]))
        return str(path)

    return write_objects


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Run], None]:
    """Compare a run with its golden file; `--update-golden` writes the file instead."""

    def compare(name: str, found: Run) -> None:
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(found.text)
        assert found.text == path.read_text(), f"{path} differs; make golden writes it again"

    return compare
