"""How is the body of an answer unpacked: as a whole, or while it comes (Content-Encoding, RFC 9110 8.4)?"""

import gzip
import zlib
from collections.abc import Callable

import urllib3

_GZIP = frozenset({"gzip", "x-gzip"})


def encoding_of(raw: urllib3.BaseHTTPResponse) -> str:
    """How an answer is packed; `identity` is not at all."""
    return raw.headers.get("Content-Encoding", "identity").lower()


def unpacker(encoding: str) -> Callable[[bytes], bytes]:
    """For a body that is taken while it comes. Raises DecodeError for what was not asked for."""
    if encoding == "identity":
        return lambda piece: piece
    if encoding not in _GZIP:
        raise urllib3.exceptions.DecodeError(encoding)
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress


def unpack(content: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed: in one go, since piece by piece takes twice as long."""
    if encoding == "identity":
        return content
    if encoding not in _GZIP:
        raise urllib3.exceptions.DecodeError(encoding)
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise urllib3.exceptions.DecodeError(encoding) from error
