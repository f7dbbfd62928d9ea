"""Running one server as a plain process, and waiting for things with a deadline."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

LOOPBACK = "127.0.0.1"
T = TypeVar("T")
_EXEC = Path(__file__).with_name("exec_with_parent.py")


class ServerDied(Exception):
    """A server ended by itself; the message ends with its last log lines."""


class Process:
    """One program with its log file, ended by its process id.

    It runs in a session of its own, so that Ctrl-C reaches only pytest, whose finalizers then end the servers in order.
    """

    def __init__(
        self, program: Path, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ):
        self.name = program.name
        self.log = folder / f"{program.name}.log"
        with self.log.open("wb") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", _EXEC, str(os.getpid()), program, *arguments],
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id of the program itself."""
        return self._popen.pid

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for the server; raises ServerDied at once when it ends instead."""

        def look() -> bool:
            if self._popen.poll() is not None:
                raise ServerDied(f"{self.name} ended {self._popen.returncode}:\n{self.tail()}")
            return is_ready()

        wait_until(look, lambda: f"{self.name} is not ready:\n{self.tail()}", seconds)

    def stop(self, seconds: float = 20) -> None:
        """End it and wait until it has gone; killed when it takes too long. Ending it twice does nothing."""
        if self._popen.poll() is None:
            self._popen.terminate()
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()

    def tail(self, lines: int = 15) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def wait_until(is_so: Callable[[], bool], complaint: Callable[[], str], seconds: float = 30) -> None:
    """Ask again and again until it is so; TimeoutError with the complaint when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:g} s: {complaint()}")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now. Somebody may take one before the server does: start anew then."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start_patiently(start: Callable[[], T], tries: int = 3) -> T:
    """Start a server, anew with other ports when somebody else took one of them in the meantime."""
    for _ in range(tries - 1):
        try:
            return start()
        except ServerDied as died:
            if "address already in use" not in str(died):
                raise
    return start()
