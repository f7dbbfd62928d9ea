"""Which PEM blocks Envoy finds in a piece of text.

The reader of BoringSSL (`crypto/pem/pem_lib.cc`, PEM_read_bio), which is OpenSSL's but for blank lines inside a block:
a block begins at a line `-----BEGIN LABEL-----` that starts in the first column; text around blocks, blanks at line
ends and CRLF do not matter. Neither is it RFC 7468 nor what Go reads; where they differ the proxy decides.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

_BEGIN = b"-----BEGIN "
_END = b"-----END "
_DASHES = b"-----"
_BLANKS = bytes(range(33))


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `line` counts from 1. `problem` says why `content` is empty; `headers` are RFC 1421's (encryption).

    `blank_lines`: proxies read it all the same, OpenSSL does not.
    """

    label: str
    line: int
    content: bytes = field(default=b"", repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)
    problem: str | None = None
    blank_lines: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing between its lines."""
        return self.problem == _EMPTY


_EMPTY = "is empty"


def read_blocks(data: bytes) -> tuple[Block, ...]:
    """Every block, the unreadable ones with their problem; nothing that is wrong with one ends the reading."""
    return tuple(_blocks(data))


def write_block(label: str, content: bytes) -> bytes:
    """A block as every engine reads it."""
    text = base64.b64encode(content)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join((b"-----BEGIN %b-----" % label.encode(), *lines, b"-----END %b-----" % label.encode(), b""))


def _blocks(data: bytes) -> Iterator[Block]:
    lines = enumerate(data.split(b"\n"), 1)
    for number, line in lines:
        label = _label(line.rstrip(_BLANKS), _BEGIN)
        if label is None:
            continue
        body: list[bytes] = []
        end: bytes | None = None
        for _, inner in lines:
            stripped = inner.rstrip(_BLANKS)
            if stripped.startswith(_END):
                end = stripped
                break
            body.append(stripped)
        yield _block(label, number, body, end)


def _label(line: bytes, start: bytes) -> bytes | None:
    if line.startswith(start) and line.endswith(_DASHES) and len(line) >= len(start) + len(_DASHES):
        return line[len(start) : -len(_DASHES)]
    return None


def _block(label: bytes, line: int, body: list[bytes], end: bytes | None) -> Block:
    text = label.decode("latin-1") if len(label) < 64 else "?"
    if end is None:
        return Block(text, line, problem="has no END line")
    if end != _END + label + _DASHES:
        return Block(text, line, problem="ends with the END line of another label or a damaged one")
    headers: tuple[str, ...] = ()
    if any(b":" in part for part in body):
        if b"" not in body:
            return Block(text, line, problem="is not base64")
        blank = body.index(b"")
        headers = tuple(part.decode("latin-1") for part in body[:blank])
        body = body[blank + 1 :]
    content = _decode(b"".join(body))
    if content is None:
        return Block(text, line, headers=headers, problem="is not base64")
    if not content:
        return Block(text, line, headers=headers, problem=_EMPTY)
    return Block(text, line, content, headers, blank_lines=b"" in body)


def _decode(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text.translate(None, b" \t\r"), validate=True)
    except binascii.Error:
        return None
