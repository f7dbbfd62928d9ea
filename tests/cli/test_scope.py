"""What the shared flags open: one connection, whose warnings are passed on."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.session import Session
from kubectl_mtls.kube.flags import ConnectionFlags


class _Warner(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Warning", f'299 - "{self.path[1:]} is deprecated"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Warner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_warning_is_told_when_it_came_and_never_again(address: str) -> None:
    err = io.StringIO()
    scope = Scope(Session(environ={}, stderr=err), ConnectionFlags(server=address))
    scope.api.request("GET", "/one")
    scope.tell_warnings()
    assert err.getvalue() == "Warning: one is deprecated\n"
    scope.api.request("GET", "/one")
    scope.api.request("GET", "/two")
    scope.tell_warnings()
    assert err.getvalue() == "Warning: one is deprecated\nWarning: two is deprecated\n"
