"""How many requests run at once."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")

THREADS = 10


def fan_out(tasks: Sequence[Callable[[], T]], threads: int = THREADS) -> list[T]:
    """Run all tasks on a few threads; their results in the order of the tasks.

    The first exception of any task is raised at once and no further task starts. The threads are daemons, so that an
    interrupt ends the process although a slow request still waits (an executor would join them).
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()
    stop = Event()
    for number in range(len(tasks)):
        waiting.put(number)

    def work() -> None:
        while not stop.is_set():
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            try:
                done.put((number, tasks[number](), None))
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                stop.set()
                done.put((number, None, error))

    for _ in range(min(threads, len(tasks))):
        Thread(target=work, daemon=True).start()
    results: dict[int, T] = {}
    try:
        for _ in tasks:
            number, result, error = done.get()
            if error is not None:
                raise error
            results[number] = result  # type: ignore[assignment]  # None only beside an error, or as a T
    finally:
        stop.set()
    return [results[number] for number in range(len(tasks))]
