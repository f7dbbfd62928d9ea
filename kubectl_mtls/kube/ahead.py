"""How does something go on while something else is done?"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def start(task: Callable[[], T]) -> Callable[[], T]:
    """Run the task on a thread of its own; what is returned waits for its result, or raises what it raised.

    The thread is a daemon, so that an interrupt ends the process although a slow request still waits.
    """
    done: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def work() -> None:
        try:
            done.put((task(), None))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            done.put((None, error))

    def result() -> T:
        found, error = done.get()
        if error is not None:
            raise error
        return found  # type: ignore[return-value]  # None only beside an error, or as a T

    Thread(target=work, daemon=True).start()
    return result
