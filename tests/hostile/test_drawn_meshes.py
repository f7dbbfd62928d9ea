"""Whatever stands in the objects of a mesh: an answer or one sentence, the same every time, in bounded memory and time.

HOSTILE_EXAMPLES says how many meshes are drawn: 2,000 by default, `make soak` takes 100,000.
"""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.commands import ask
from tests.hostile.meshes import draw_mesh

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "2000"))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_no_object_breaks_a_command_or_steers_the_terminal(random: Random) -> None:
    answer = ask(random, draw_mesh(random))
    assert answer.code in (0, 1, 2, 3), answer.err
    assert answer.out or answer.err
    assert not {"\x1b", "\0", "\u202e"} & {*answer.out, *answer.err}


def batch(hash_seed: str) -> str:
    environ = {"PYTHONHASHSEED": hash_seed, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.hostile.batch", "0", str(max(100, EXAMPLES // 20))]
    ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_answers_are_the_same_whatever_the_order_of_sets_is() -> None:
    assert batch("1").splitlines() == batch("2").splitlines()
