"""How the process starts, as a real one: an interrupt while the program is still being imported."""

import os
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("kubectl-mtls")


def run_interrupted_by(module: str, folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """`kubectl-mtls --help`, interrupted when it imports a module: one of that name that lies in its way does it."""
    (folder / f"{module}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nraise ImportError\n")
    environ = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*before, PROGRAM, "--help"]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False, timeout=60, preexec_fn=_heed_interrupts
    )


def _heed_interrupts() -> None:
    """Whoever runs the tests in the background of a shell ignores them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_while_it_is_imported_ends_it_quietly(tmp_path: Path) -> None:
    ran = run_interrupted_by("typer", tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


def test_an_interrupt_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    ran = run_interrupted_by("typer", tmp_path, "sh", "-c", 'trap "" INT; "$0" "$@"')
    assert ran.returncode == 1
    assert "ImportError" in ran.stderr
