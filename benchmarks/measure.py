"""What does a run of a program cost? Wall time, processor time, peak memory, as the kernel counts them for a child."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run: seconds of the clock, seconds of all processors, MiB at the peak."""

    wall: float
    processor: float
    peak: float


class Failed(Exception):
    """A program ended in a way that was not expected: its numbers mean nothing."""


def run_once(command: Sequence[str | Path], environ: Mapping[str, str], expected: Sequence[int] = (0,)) -> Cost:
    """Run it with its answer thrown away; what it complains of is shown when it fails."""
    started_at = time.monotonic()
    with subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started_at
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in expected:
        raise Failed(f"{command[0]} ended {process.returncode}: {complaint.decode(errors='replace')[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(costs: Sequence[Cost]) -> Cost:
    """Each number's own median."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
        statistics.median(cost.peak for cost in costs),
    )
