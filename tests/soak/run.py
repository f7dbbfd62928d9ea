"""Many drawn fault scripts, one after another: `python -m tests.soak.run --scripts 1000 --processes 2`.

Each is played by a proxy in front of a real API server while `status` runs through it. Prints the scripts whose outcome
is not as it must be, and how all of them ended; ends with 1 where one did not.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.live.program import Ran, run
from tests.servers.cluster import running_api_server, running_etcd
from tests.servers.fault_proxy import FaultProxy
from tests.servers.fault_script import Script, draw_script
from tests.servers.manifests import load_manifests
from tests.soak.outcome import complaints

MESH = Path(__file__).with_name("mesh.yaml")
TIME_OUT = 2.0


class Soak:
    """One proxy and the answer without any fault."""

    def __init__(self, server: Any, time_out: float = TIME_OUT):
        self.proxy = FaultProxy(server)
        self._now = datetime.now(UTC)
        self._environ = {"KUBECONFIG": str(self.proxy.kubeconfig("reader", "shop")), "PATH": "/usr/bin:/bin"}
        self._time_out = time_out
        with self.proxy.playing():
            self.healthy = json.loads(self.run("status", "-o", "json").out)

    def play(self, script: Script) -> tuple[Ran, float, list[str]]:
        """How `status` ended, after how many seconds, and what is wrong with that."""
        started_at = time.monotonic()
        with self.proxy.playing(*script, page=2) as play:
            ran = self.run("status", "-o", "json")
            seconds = time.monotonic() - started_at
            met = [fault for _, _, fault in play.requests]
        return ran, seconds, complaints(script, met, ran, self.healthy, seconds, 10 * self._time_out + 5)

    def run(self, *words: str) -> Ran:
        """Run one command line through the proxy, at one moment, so that answers can be compared."""
        return run(*words, f"--request-timeout={self._time_out:g}s", environ=self._environ, now=self._now)


def _work(server: Any, seeds: list[int], turn: Any, results: Any) -> None:
    try:
        with turn:
            soak = Soak(server)
        for seed in seeds:
            ran, seconds, wrong = soak.play(draw_script(seed))
            gaps = bool(json.loads(ran.out)["gaps"]) if ran.code == 0 else False
            results.put((seed, ran.code, gaps, seconds, wrong))
    finally:
        results.put(None)


def _main() -> int:
    parser = argparse.ArgumentParser(description="Run `status` against a real API server while its answers go wrong.")
    parser.add_argument("--scripts", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.scripts)
    started_at = time.monotonic()
    context = multiprocessing.get_context("fork")
    ended: Counter[str] = Counter()
    bad, slowest = 0, (0.0, -1)
    with running_etcd() as etcd, running_api_server(etcd, "soak") as server:
        server.apply(load_manifests(MESH))
        turn, results = context.Lock(), context.SimpleQueue()
        shards = [list(seeds[number :: given.processes]) for number in range(given.processes)]
        workers = [context.Process(target=_work, args=(server, shard, turn, results), daemon=True) for shard in shards]
        for worker in workers:
            worker.start()
        running = len(workers)
        while running:
            result = results.get()
            if result is None:
                running -= 1
                continue
            seed, code, gaps, seconds, wrong = result
            ended[f"exit {code}" + (" with gaps" if gaps else "")] += 1
            slowest = max(slowest, (seconds, seed))
            if wrong:
                bad += 1
                print(f"seed {seed}: {'; '.join(wrong)}\n  {draw_script(seed)}", flush=True)
    took = time.monotonic() - started_at
    print(f"{given.scripts} scripts in {took:.0f} s: {dict(sorted(ended.items()))}, {bad} wrong")
    print(f"slowest: {slowest[0]:.1f} s (seed {slowest[1]})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(_main())
