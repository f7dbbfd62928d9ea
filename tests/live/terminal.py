"""Somebody at a terminal: is asked, may do something else before the answer, and answers."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from tests.live.program import Ran
from tests.servers.api import ApiServer


class _Keyboard(io.BytesIO):
    """Standard input of a terminal; `before` happens while the question stands."""

    def __init__(self, answer: str, before: Callable[[], object] | None) -> None:
        super().__init__(f"{answer}\n".encode())
        self._before = before

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> bytes:
        if self._before:
            self._before()
        return super().readline(size)


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer_as(
    server: ApiServer, user: str, namespace: str, *argv: str, answer: str, before: Callable[[], object] | None = None
) -> Ran:
    """Run one command line as a user who answers the question."""
    out, err = io.StringIO(), _Screen()
    environ = {"KUBECONFIG": str(server.kubeconfig(user, namespace))}
    keyboard = _Keyboard(answer, before)
    session = Session(environ=environ, stdin=keyboard, stdout=out, stderr=err, clock=lambda: datetime.now(UTC))
    return Ran(main(list(argv), session), out.getvalue(), err.getvalue())
