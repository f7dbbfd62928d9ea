"""A proxy in front of a real API server that misbehaves by a script: resets, stalls, half bodies, odd answers.

It listens with the server's own certificate, so that a kubeconfig that names it works, and passes on what no rule
concerns. Watches stream through. `page` makes the server's pages so small that small meshes have several.
"""

import http.client
import os
import random
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.servers.api import ApiServer
from tests.servers.fault_answers import WARNING, odd_answer
from tests.servers.fault_script import BESIDE, CONNECTION, Script
from tests.servers.process import LOOPBACK

_DROPPED = frozenset({"host", "connection", "transfer-encoding", "content-length", "keep-alive"})
_RESET = struct.pack("ii", 1, 0)


@dataclass
class _Play:
    """One script under way: how often each rule has matched, what was asked, and the end of all stalls."""

    script: Script = ()
    page: int | None = None
    matched: dict[int, int] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, method: str, path: str) -> str | None:
        found = None
        with self.lock:
            for index, rule in enumerate(self.script):
                if rule.matches(method, path):
                    self.matched[index] = self.matched.get(index, 0) + 1
                    if found is None and rule.applies(self.matched[index]):
                        found = rule.fault
            self.requests.append((method, path, found))
        return found


class FaultProxy(ThreadingHTTPServer):
    """Listens from the constructor on, until `stop`."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, server: ApiServer):
        self.upstream, self.play = server, _Play()
        self.streams: set[socket.socket] = set()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(server.folder / "serving.crt", server.folder / "serving.key")
        super().__init__((LOOPBACK, 0), _Handler)
        self.url = f"https://{LOOPBACK}:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @contextmanager
    def playing(self, *script: Any, page: int | None = None) -> Iterator[_Play]:
        """Play these rules; what still stalls at the end is let go."""
        self.play = play = _Play(script, page)
        try:
            yield play
        finally:
            self.play = _Play()
            play.over.set()
            self.cut_streams()

    def cut_streams(self) -> None:
        """Reset every watch that is under way."""
        for stream in list(self.streams):
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def kubeconfig(self, user: str, namespace: str | None = None) -> Path:
        """A kubeconfig of the API server's user that leads through this proxy."""
        straight = self.upstream.kubeconfig(user, namespace)
        content = yaml.safe_load(straight.read_text())
        content["clusters"][0]["cluster"]["server"] = self.url
        path = straight.with_name(f"through-{self.server_port}-{straight.name}")
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(content))
        return path

    def stop(self) -> None:
        """End it."""
        self.play.over.set()
        self.shutdown()
        self.server_close()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake is made in the connection's own thread."""
        with suppress(OSError), self._context.wrap_socket(request, server_side=True) as tls:
            super().finish_request(tls, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultProxy

    def setup(self) -> None:
        super().setup()
        context = ssl.create_default_context(cafile=self.server.upstream.ca_file)
        self.upstream = http.client.HTTPSConnection(LOOPBACK, self.server.upstream.port, timeout=600, context=context)

    def finish(self) -> None:
        self.upstream.close()
        with suppress(OSError, ValueError):
            super().finish()

    def _answer(self) -> None:
        play = self.server.play
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = play.fault(self.command, self.path)
        if fault in ("reset", "close", "stall", "not-http"):
            self._break(fault, play)
        elif fault is not None and fault not in (*CONNECTION, *BESIDE, "half"):
            self._send(*odd_answer(fault))
        elif "watch=" in self.path:
            self._pass_stream(is_cut=fault is not None)
        else:
            path = re.sub(r"limit=\d+", f"limit={play.page}", self.path) if play.page else self.path
            answer = self._ask(path, body)
            content, headers = answer.read(), dict(answer.getheaders())
            if fault == "warn":
                fault, headers["Warning"] = None, WARNING
            if fault == "half":
                fault, content = None, content[: len(content) // 2]
            self._send(answer.status, headers, content, fault, play)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def _ask(self, path: str, body: bytes) -> http.client.HTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _DROPPED}
        self.upstream.request(self.command, path, body or None, headers)
        return self.upstream.getresponse()

    def _send(
        self, status: int, headers: Mapping[str, str], content: bytes, fault: str | None = None, play: Any = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _DROPPED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault is None:
            self.wfile.write(content)
        elif fault == "drip":
            for byte in content:
                self.wfile.write(bytes([byte]))
                if play.over.wait(0.05):
                    return
        else:
            self.wfile.write(content[: len(content) // 2])
            self._break({"cut": "close", "reset-body": "reset", "stall-body": "stall"}[fault], play)

    def _break(self, how: str, play: _Play) -> None:
        self.close_connection = True
        if how == "stall":
            play.over.wait(600)
        if how == "not-http":
            self.wfile.write(random.Random(1).randbytes(300) + b"\r\n\r\n")
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            os.close(self.connection.detach())

    def _pass_stream(self, is_cut: bool) -> None:
        answer = self._ask(self.path, b"")
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", ""))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.server.streams.add(self.connection)
        self.close_connection = True
        try:
            while not is_cut and (piece := answer.read1(1 << 16)):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if not is_cut:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            self.server.streams.discard(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""
