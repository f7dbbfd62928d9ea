"""Answers about many drawn meshes, one line each: `python -m tests.hostile.batch FIRST COUNT`.

In a process of its own, with bounded memory and processor time: what needs more than that is a failure.
"""

import hashlib
import resource
import sys
from random import Random

from tests.hostile.commands import ask
from tests.hostile.meshes import draw_mesh

MEMORY = 1 << 30
SECONDS_EACH = 2


def _line(seed: int) -> str:
    random = Random(seed)
    answer = ask(random, draw_mesh(random))
    digest = hashlib.sha256(f"{answer.out}\n{answer.err}".encode()).hexdigest()
    return f"{seed} {' '.join(answer.command)}: {answer.code} {digest}"


def _main(first: int, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (count * SECONDS_EACH, count * SECONDS_EACH))
    for seed in range(first, first + count):
        print(_line(seed))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
