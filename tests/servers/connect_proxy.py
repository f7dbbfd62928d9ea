"""A forward proxy on loopback that knows CONNECT only, as companies have it between their people and their clusters."""

import base64
import select
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.process import LOOPBACK


class ConnectProxy(ThreadingHTTPServer):
    """Listens from the constructor on. `targets` are the hosts and ports that were asked for and granted."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, user: str | None = None, password: str = ""):
        self.targets: list[str] = []
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.wanted = f"Basic {pair}" if user else None
        super().__init__((LOOPBACK, 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: ConnectProxy

    def do_CONNECT(self) -> None:
        if self.server.wanted and self.headers.get("Proxy-Authorization") != self.server.wanted:
            self.send_error(407)
            return
        self.server.targets.append(self.path)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self.send_response_only(200)
            self.end_headers()
            with suppress(OSError):
                self._pass_on(far)
        self.close_connection = True

    def _pass_on(self, far: socket.socket) -> None:
        other = {self.connection: far, far: self.connection}
        while True:
            for ready in select.select(list(other), [], [])[0]:
                piece = ready.recv(1 << 16)
                if not piece:
                    return
                other[ready].sendall(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""
