"""The passphrase of an archive or a key: from --passphrase-file, or asked for in a terminal."""

import getpass
from pathlib import Path

from kubectl_mtls.cli.session import Session
from kubectl_mtls.errors import InvalidInput


def read_passphrase(path: str | None, session: Session) -> bytes | None:
    """The first line of FILE (`-` is standard input) without its end. Raises InvalidInput."""
    if path is None:
        return None
    try:
        content = session.stdin.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"--passphrase-file {path}: cannot be read: {error.strerror}") from None
    return content.split(b"\n")[0].rstrip(b"\r")


def ask_passphrase(what: str, session: Session) -> bytes | None:
    """Asked without echo; None when nobody can answer."""
    if not session.interactive:
        return None
    try:
        return getpass.getpass(f"passphrase of {what}: ", session.stderr).encode()
    except EOFError:
        return None
