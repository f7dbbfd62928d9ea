"""Which names that there are is a mistyped one near?"""

import difflib
from collections.abc import Iterable

_MOST = 2000


def nearest_names(name: str, known: Iterable[str]) -> str | None:
    """A hint with up to three names; None where none is near. Of very many names only the first are compared."""
    several = list(dict.fromkeys(known))[:_MOST]
    close = difflib.get_close_matches(name, several, n=3)
    return f"nearest names: {', '.join(close)}" if close else None
