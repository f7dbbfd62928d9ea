"""Where the process starts: an interrupt while the program is being imported ends it as quietly as a later one."""

import os
import signal
from types import FrameType

_INTERRUPTED = 130


def run() -> None:
    """The console script. Nothing is imported before this, so that no interrupt can show a traceback."""
    signalled = signal.getsignal(signal.SIGINT)
    if signalled is signal.default_int_handler:  # not where somebody (nohup, a shell's &) has it ignored
        signal.signal(signal.SIGINT, _leave)
    from kubectl_mtls.cli.main import run as run_main

    signal.signal(signal.SIGINT, signalled)
    try:
        run_main()
    except KeyboardInterrupt:
        os._exit(_INTERRUPTED)


def _leave(_: int, __: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
