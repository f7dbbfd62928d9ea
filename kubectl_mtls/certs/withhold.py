"""What may leave of a value that holds certificates and keys: certificates and CRLs as they are, of all else the shape.

So that every verdict on what is left is the verdict on what was there: a private key becomes its stand-in, another PEM
block keeps its label, its lines and what is wrong with it, text around blocks keeps its lines.
"""

import base64
import codecs
import re
from collections.abc import Iterator

from kubectl_mtls.certs.certificate import CERTIFICATE_LABELS, parse_certificate
from kubectl_mtls.certs.crl import parse_crls
from kubectl_mtls.certs.loading import staple_refusal
from kubectl_mtls.certs.pem import Block, read_blocks, write_block
from kubectl_mtls.certs.private_key import read_private_key

PRIVATE_KEY_KEYS = frozenset({"key", "tls.key", "ca-key.pem", "key.pem"})
"""The data keys whose value is a private key (certs/layout.py), and cert-manager's usual name for one more."""

_STAPLE = "tls.ocsp-staple"
_WORD = b"withheld"  # eight letters: base64 of something
_NO_BASE64 = b"withheld!"
_LABEL = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 .#-]{0,63})-----")
_BLANKS = bytes(range(33))


def withhold_value(data_key: str, value: bytes) -> bytes:
    """The value of one data key of a Secret without anything secret. Empty stays empty."""
    if not value:
        return value
    if data_key in PRIVATE_KEY_KEYS:
        return read_private_key(value).stand_in()
    if data_key == _STAPLE and staple_refusal(value) is None:
        return value
    return withhold_text(value)


def withhold_text(value: bytes) -> bytes:
    """A text of PEM blocks with the public ones only; what has no block at all becomes one word."""
    if value.startswith(codecs.BOM_UTF8):
        return codecs.BOM_UTF8 + withhold_text(value.removeprefix(codecs.BOM_UTF8))
    blocks = {block.line: block for block in read_blocks(value)}
    if not blocks:
        return _WORD if value.strip() else value
    return b"\n".join(_lines(value.split(b"\n"), blocks))


def _lines(lines: list[bytes], blocks: dict[int, Block]) -> Iterator[bytes]:
    at = 0
    while at < len(lines):
        block = blocks.get(at + 1)
        if block is None:
            yield lines[at] if not lines[at].strip(_BLANKS) else _WORD
            at += 1
            continue
        end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith(b"-----END ")), len(lines))
        written = lines[at : end + 1]
        yield from _public(written, block) if _is_public(block) else _withheld(written, block, has_end=end < len(lines))
        at = end + 1


def _is_public(block: Block) -> bool:
    if block.problem:
        return False
    if block.label == "X509 CRL":
        return bool(parse_crls(write_block(block.label, block.content)))
    return block.label in CERTIFICATE_LABELS and parse_certificate(block.content) is not None


def _public(written: list[bytes], block: Block) -> Iterator[bytes]:
    """As it is; headers and what follows a certificate inside its block keep their length only."""
    certificate = parse_certificate(block.content) if block.label in CERTIFICATE_LABELS else None
    body = written[1:-1]
    yield written[0]
    if block.headers:
        blank = next(index for index, line in enumerate(body) if not line.strip(_BLANKS))
        yield from (_WORD + b": " + _WORD for _ in body[:blank])
        body = body[blank:]
    if certificate and len(certificate.der) < len(block.content):
        spare = bytes(len(block.content) - len(certificate.der))
        body = list(_filled(body, base64.b64encode(certificate.der + spare)))
    yield from body
    yield written[-1]


def _filled(lines: list[bytes], text: bytes) -> Iterator[bytes]:
    """Another text of the same length in lines of the same length, so that what follows keeps its line."""
    at = 0
    for line in lines:
        start, at = at, at + len(line.translate(None, _BLANKS))
        yield text[start:at]


def _withheld(written: list[bytes], block: Block, *, has_end: bool) -> Iterator[bytes]:
    begin, body, end = written[0], written[1:-1] if has_end else written[1:], written[-1]
    named = _LABEL.match(begin) is not None
    yield begin.rstrip(_BLANKS) if named else b"-----BEGIN WITHHELD-----"
    left = len(block.headers)
    for line in body:
        if not line.strip(_BLANKS):
            yield b""
        elif left and block.problem is None:
            left -= 1
            yield _WORD + b": " + _WORD
        else:
            yield _NO_BASE64 if block.problem == "is not base64" else _WORD
    if has_end:
        yield _end_line(end.rstrip(_BLANKS), named)


def _end_line(end: bytes, named: bool) -> bytes:
    if not named:
        return b"-----END WITHHELD-----"
    return end if _LABEL.fullmatch(end) else b"-----END -----"
