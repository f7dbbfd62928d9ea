"""What the API server warned of: `Warning:` headers (RFC 7234 5.5), each text once, in the order they came."""

import re
from collections.abc import Iterable
from threading import Lock

_WARNING = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"')
_MOST = 100


class Warnings:
    """The texts so far. Thread-safe, and bounded: a server may warn with every answer."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._lock = Lock()

    def collect(self, headers: Iterable[str]) -> None:
        """Take the values of an answer's `Warning:` headers."""
        for value in headers:
            for match in _WARNING.finditer(value):
                text = re.sub(r"\\(.)", r"\1", match[1]).encode("latin-1", "replace").decode("utf-8", "replace")
                with self._lock:
                    if len(self._texts) < _MOST:
                        self._texts.setdefault(text)

    def texts(self) -> tuple[str, ...]:
        """Each text once."""
        with self._lock:
            return tuple(self._texts)
