"""How an answer is shown again whenever what it rests on changes: `status --watch`."""

import gc
import io
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.session import Session
from kubectl_mtls.errors import InvalidInput, MtlsError
from kubectl_mtls.kube.watches import Watches
from kubectl_mtls.render.text import escape

Look = Callable[[Scope], int | None]
"""Reads the scope's source and answers into its session's streams."""

QUIET, LONGEST = 0.3, 2.0
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
_AGE = re.compile(r"\b\d+[a-z]\S* ago\b")
_ROUNDS_PER_COLLECTION = 50


def watch_answer(scope: Scope, look: Look, output: str) -> NoReturn:
    """Show the answer, and again after each change, for ever: ^C ends it. Nothing is polled.

    A terminal is cleared before each; elsewhere a line stands between them that fits the format `output`. Raises what
    the first look raises; a later failure is shown in the answer's place until it has passed.
    """
    if not scope.live:
        raise InvalidInput("--watch needs a cluster: files are read once")
    watches = Watches(scope.connect, random.random)
    shown: tuple[str, str] | None = None
    rounds = 0
    while True:
        answer, told = _look(scope, watches, look, is_first=shown is None)
        seen = answer, told + "".join(f"note: {escape(note)}\n" for note in watches.notes())
        if shown is None or _ageless(seen) != _ageless(shown):
            _draw(scope.session, *seen, separator=_separator(output, scope.session) if shown else "")
            shown = seen
        rounds += 1
        if rounds % _ROUNDS_PER_COLLECTION == 0:
            gc.collect()
        watches.wait(QUIET, LONGEST)


def _look(scope: Scope, watches: Watches, look: Look, *, is_first: bool) -> tuple[str, str]:
    """What it answers, and what it tells beside."""
    answer, told = io.StringIO(), io.StringIO()
    session = replace(scope.session, stdout=answer, stderr=told)
    try:
        look(replace(scope, session=session, _api=watches.api, _source=watches.source()))
    except MtlsError as error:
        if is_first:
            raise
        return "", f"error: {escape(error.message)}\n"
    return answer.getvalue(), told.getvalue()


def _ageless(seen: tuple[str, str]) -> tuple[str, ...]:
    """Without what changes by itself: that something is a second older is no news."""
    return tuple(_AGE.sub("", text) for text in seen)


def _separator(output: str, session: Session) -> str:
    """JSON documents and metrics need none, and YAML has its own."""
    if output in ("json", "prometheus"):
        return ""
    return "---\n" if output == "yaml" else f"--- {session.clock():%Y-%m-%dT%H:%M:%SZ}\n"


def _draw(session: Session, answer: str, told: str, separator: str) -> None:
    session.answer(_CLEAR if session.stdout.isatty() else separator)
    session.answer(answer)
    session.stdout.flush()
    session.stderr.write(told)
    session.stderr.flush()
