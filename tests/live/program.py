"""The program in this process, as a user of a server runs it: flags in, exit code and texts out."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from tests.servers.api import ApiServer


@dataclass(frozen=True)
class Ran:
    """What one run said."""

    code: int
    out: str
    err: str


def run(*argv: str, environ: Mapping[str, str] | None = None, stdin: bytes = b"", now: datetime | None = None) -> Ran:
    """Run one command line with streams of its own; without an environment no cluster can be found."""
    out, err = io.StringIO(), io.StringIO()
    session = Session(
        environ=environ or {},
        stdin=io.BytesIO(stdin),  # type: ignore[arg-type]  # all that is asked of it is read and isatty
        stdout=out,
        stderr=err,
        clock=(lambda: now) if now else (lambda: datetime.now(UTC)),
    )
    code = main(list(argv), session)
    return Ran(code, out.getvalue(), err.getvalue())


def run_as(server: ApiServer, user: str, namespace: str, *argv: str, stdin: bytes = b"") -> Ran:
    """Run one command line against a server, as one of its users, with a namespace in the context."""
    config: Path = server.kubeconfig(user, namespace)
    return run(*argv, environ={"KUBECONFIG": str(config), "PATH": "/usr/bin:/bin"}, stdin=stdin)
