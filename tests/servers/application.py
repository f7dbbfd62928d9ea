"""The application of a pod, on its host."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.servers.network import Host


class Application:
    """The application of a pod: see tests.servers.echo for what it answers."""

    def __init__(
        self, host: Host, folder: Path, plain: Iterable[int], tls: Iterable[int] = (), pair: Path | None = None
    ):
        folder.mkdir(parents=True)
        ports = [str(port) for port in plain]
        ports += [f"{port}:{pair}" for port in tls]
        self._log = folder / "ip.log"
        script = Path(__file__).with_name("echo.py")
        self.process = host.start(folder, sys.executable, "-I", "-S", script, *ports)

    def wait(self) -> None:
        """Wait until every port listens."""
        self.process.wait_until(lambda: bool(self.heard()))

    def heard(self, since: int = 0) -> list[dict[str, Any]]:
        """What came in, a line for each connection, after a first line that says that it listens."""
        lines = self._log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")][since:]

    def stop(self) -> None:
        """End it."""
        self.process.stop()
