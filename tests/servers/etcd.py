"""One etcd for all API servers of a test run."""

import urllib.request
from pathlib import Path

from tests.servers.build import build
from tests.servers.process import LOOPBACK, Process, free_ports


class Etcd:
    """A running etcd without fsync: nothing in it has to survive."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        client, peer = (f"http://{LOOPBACK}:{port}" for port in free_ports(2))
        self.url = client
        self.process = Process(
            build("kubernetes") / "etcd",
            [
                *("--data-dir", str(folder / "data")),
                *("--listen-client-urls", client, "--advertise-client-urls", client),
                *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
                *("--initial-cluster", f"default={peer}"),
                *("--unsafe-no-fsync", "--log-level", "error"),
            ],
            folder,
        )
        try:
            self.process.wait_until(self._is_healthy)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it, after the API servers that use it."""
        self.process.stop()

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=10) as answer:
                return b'"true"' in answer.read()
        except OSError:
            return False
