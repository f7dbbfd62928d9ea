"""How many requests run at once."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

T = TypeVar("T")

THREADS = 10


def fan_out(
    tasks: Sequence[Callable[[], T]],
    threads: int = THREADS,
    *,
    seconds: float | None = None,
    late: Callable[[], T] | None = None,
) -> list[T]:
    """Run all tasks on a few threads; their results in the order of the tasks.

    After `seconds` none is waited for any longer, whatever it hangs in: `late()` stands for its result.

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
    ends_at = None if seconds is None else monotonic() + seconds
    results: dict[int, T] = {}
    try:
        for _ in tasks:
            try:
                left = None if ends_at is None else max(0.0, ends_at - monotonic())
                number, result, error = done.get(timeout=left)
            except Empty:
                break
            if error is not None:
                raise error
            results[number] = result  # type: ignore[assignment]  # None only beside an error, or as a T
    finally:
        stop.set()
    return [results[number] if number in results or late is None else late() for number in range(len(tasks))]
