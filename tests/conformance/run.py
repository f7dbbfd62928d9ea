"""Meshes made anew and compared with istiod's own code: `python -m tests.conformance.run --seed S --count N`.

The oracle is built once from oracle/ and kept in the cache. With --write the meshes and answers replace those in
server/, which the tests run on.
"""

import argparse
import fcntl
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.comparison import FOLDER, differences
from tests.servers.build import cache_folder
from tests.servers.toolchain import run_go

SOURCES = Path(__file__).parent / "oracle"
BATCH = 100


def build_oracle() -> Path:
    """The program, built when its sources changed: minutes from an empty Go cache."""
    parts = [path.read_bytes() for path in sorted(SOURCES.iterdir()) if path.suffix in (".go", ".mod", ".sum")]
    target = cache_folder() / "conformance" / f"oracle-{hashlib.sha256(b''.join(parts)).hexdigest()[:16]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{target}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            print("building the oracle: minutes from an empty Go cache", file=sys.stderr, flush=True)
            unfinished = Path(f"{target}.new")
            run_go(SOURCES, ["build", "-o", str(unfinished), "."])
            unfinished.rename(target)
    return target


def make_meshes(seed: str, count: int) -> list[str]:
    """Meshes with questions, one JSON object each: the same seed gives the same bytes."""
    command = [sys.executable, str(SOURCES / "generate.py"), "--seed", seed, "--count", str(count)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def ask(oracle: Path, meshes: list[str]) -> Iterator[str]:
    """The answer to each mesh."""
    for start in range(0, len(meshes), BATCH):
        text = "\n".join(meshes[start : start + BATCH])
        jobs = str(min(4, os.cpu_count() or 1))
        done = subprocess.run([oracle, "-j", jobs], input=text, check=True, capture_output=True, text=True)
        yield from done.stdout.splitlines()


def main() -> int:
    """0 where nothing differs, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--oracle", type=Path, help="a program that is built already")
    parser.add_argument("--write", action="store_true", help="keep meshes and answers for the tests")
    asked = parser.parse_args()
    meshes = make_meshes(asked.seed, asked.count)
    answers = list(ask(asked.oracle or build_oracle(), meshes))
    wrong = questions = void = 0
    for mesh, text in zip(meshes, answers, strict=True):
        case, answer = json.loads(mesh), json.loads(text)
        if answer.get("errors"):
            void += 1
            continue
        questions += len(answer["client"]) + len(answer["server"])
        found = list(differences(case["yaml"], answer))
        wrong += bool(found)
        print("".join(f"{case['id']}: {one}\n" for one in found[:5]), end="")
    if asked.write:
        for name, text_lines in (("cases", meshes), ("answers", answers)):
            (FOLDER / f"{name}-random.jsonl.gz").write_bytes(gzip.compress("\n".join(text_lines).encode(), mtime=0))
    told = len(meshes) - void
    print(f"{told - wrong} of {told} meshes equal, {questions} answers compared, {void} meshes void")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
