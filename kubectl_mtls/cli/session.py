"""The world around one run: clock, environment, streams. Everything below is handed what it needs of it."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, TextIO


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Session:
    """One run of the program. Tests make one with streams of their own."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], datetime] = _now
    verbosity: int = 0

    def answer(self, text: str) -> None:
        """Write the answer: standard output, nothing else."""
        self.stdout.write(text)

    def tell(self, text: str) -> None:
        """Write one line of progress, warning or note: standard error. Nobody listening there is no failure."""
        with suppress(BrokenPipeError):
            self.stderr.write(f"{text}\n")

    @property
    def interactive(self) -> bool:
        """Whether somebody can answer a question."""
        return self.stderr.isatty() and self.stdin.isatty()
