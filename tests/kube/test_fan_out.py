"""Many tasks at once: order kept, the first failure wins."""

from threading import Barrier, get_ident

import pytest

from kubectl_mtls.kube.fan_out import fan_out


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert fan_out([lambda n=n: n * n for n in range(100)]) == [n * n for n in range(100)]
    assert fan_out([]) == []


def test_tasks_run_at_the_same_time() -> None:
    together = Barrier(4, timeout=10)
    assert len({*fan_out([lambda: (together.wait(), get_ident())[1]] * 4, threads=4)}) == 4


def test_the_first_failure_is_raised_and_nothing_else_starts() -> None:
    started = []

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fan_out([fail, *[lambda: started.append(1)] * 50], threads=1)
    assert started == []
