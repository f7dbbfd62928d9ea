"""The command line: flags in, exit code out, and the one boundary where errors become sentences."""

import errno
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import typer

from kubectl_mtls.cli.commands import build_app
from kubectl_mtls.cli.session import Session
from kubectl_mtls.errors import MtlsError
from kubectl_mtls.render.text import escape, escape_lines

EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_UNWRITABLE = 2
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO})


def main(argv: Sequence[str], session: Session) -> int:
    """Run one command line and return its exit code. Nothing escapes: every failure is a sentence and a code."""
    try:
        return _run(argv, session)
    except MtlsError as error:
        session.tell(f"error: {escape(error.message)}")
        if error.hint:
            session.tell(f"hint: {escape_lines(error.hint)}")
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):  # SystemExit is what typer makes of a closed pipe
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            return _tell_bug(error, session)
        return _tell_unwritable(error, session)
    except Exception as error:  # noqa: BLE001  # the boundary: no traceback ever reaches a user
        return _tell_bug(error, session)


def _tell_bug(error: Exception, session: Session) -> int:
    session.tell(f"error: this is a bug in kubectl-mtls: {type(error).__name__}; -v 6 shows where")
    if session.verbosity:
        session.tell(escape_lines("".join(traceback.format_exception(error)).rstrip()))
    return EXIT_BUG


def _tell_unwritable(error: OSError, session: Session) -> int:
    """The disk behind standard output is full: an answer that is cut off is none."""
    session.tell(f"error: the answer cannot be written: {error.strerror}")
    return EXIT_UNWRITABLE


def _run(argv: Sequence[str], session: Session) -> int:
    app = build_app(argv)
    command = typer.main.get_command(app)
    try:
        result = command.main(list(argv), prog_name=_program_name(), standalone_mode=False, obj=session)
    except typer.Abort:
        return EXIT_INTERRUPTED
    except Exception as error:
        usage = _usage_error(error)
        if usage is None:
            raise
        session.tell(usage)
        return 2
    return int(result or 0)


def _usage_error(error: Exception) -> str | None:
    """The sentence of a wrong flag or argument; None for other errors. Typer's click is vendored: duck typing."""
    if not (hasattr(error, "format_message") and hasattr(error, "ctx")):
        return None
    command = error.ctx.command_path if error.ctx else _program_name()
    return f"error: {error.format_message()}\nSee '{command} --help' for usage."


def _program_name() -> str:
    return "kubectl mtls" if os.path.basename(sys.argv[0]).startswith("kubectl-") else "kubectl-mtls"


def run() -> None:
    """Run the process. Leaves without clean-up: what is left is memory, and a closed pipe must not complain."""
    gc.freeze()
    gc.disable()
    _open_streams()
    session = Session()
    code = main(sys.argv[1:], session)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        code = code if code == EXIT_UNWRITABLE else _tell_unwritable(error, session)
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _open_streams() -> None:
    """Standard streams that were closed lead nowhere, and no character fails for want of a better encoding."""
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115  # for as long as the process lives
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
