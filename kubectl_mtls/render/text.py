"""How text from the cluster is shown: nothing in it may steer the terminal or pretend to be another line.

Names in certificates, annotations and messages are written by others. Control characters become visible, and so do the
characters that turn the direction of writing around (https://trojansource.codes) or cannot be seen.
"""

import unicodedata

_HIDDEN = frozenset("\u00ad\u200b\u200c\u200d\u2028\u2029\ufeff")
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def escape(text: str) -> str:
    """The text on one line: ESC as `^[`, line ends and tabs as in C, other control and bidi characters visibly."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def escape_lines(text: str) -> str:
    """The same for a text of several lines that are ours."""
    return "\n".join(escape(line) for line in text.split("\n"))


def _shown(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}"
    if character in _HIDDEN or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def shorten(text: str, width: int) -> str:
    """At most `width` characters, an ellipsis at the end of what was cut; the size of a screen is bounded."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
