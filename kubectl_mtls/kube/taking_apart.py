"""How is a list in protobuf taken apart while it comes? Object by object, so that no more than one is held as bytes.

In protobuf (protobuf.dev/programming-guides/encoding) a field is its number and type, then, for the types that matter
here, a length and so many bytes. The envelope's field 1 says what it holds, field 2 is the list; the list's field 2 is
one object.
"""

from collections.abc import Callable

from kubectl_mtls.kube.response import Undecodable

MAGIC = b"k8s\0"
_FIRST, _SECOND = 0x0A, 0x12
_WIDTHS = {1: 8, 5: 4}


class ListInPieces:
    """Give it the body piece by piece. `is_list` judges what the envelope says, `take` gets each object's bytes."""

    def __init__(self, is_list: Callable[[bytes], bool], take: Callable[[bytes], None]) -> None:
        self._is_list = is_list
        self._take = take
        self._rest = b""
        self._left: int | None = None

    def feed(self, piece: bytes) -> None:
        """The next piece; an empty one is the end. Raises Undecodable."""
        if not piece and (self._rest or self._left != 0):
            raise Undecodable("ends in the middle")
        buffer = self._rest + piece if self._rest else piece
        at = self._open(buffer) if self._left is None else 0
        while self._left:
            field = _field(buffer, at)
            if field is None or field[2] > len(buffer):
                break
            tag, start, end = field
            if tag == _SECOND:
                self._take(buffer[start:end])
            self._left -= end - at
            at = end
        self._rest = b"" if self._left == 0 else buffer[at:]

    def _open(self, buffer: bytes) -> int:
        """Where the list begins, 0 until that is there."""
        if not buffer.startswith(MAGIC[: len(buffer)]):
            raise Undecodable("is no protobuf of Kubernetes")
        at, is_list = len(MAGIC), False
        while (field := _field(buffer, at)) is not None:
            tag, start, end = field
            if tag == _SECOND:
                if not is_list:
                    raise Undecodable("is no list")
                self._left = end - start
                return start
            if end > len(buffer):
                break
            if tag == _FIRST:
                is_list = self._is_list(buffer[start:end])
            at = end
        return 0


def _field(buffer: bytes, at: int) -> tuple[int, int, int] | None:
    """The tag of the field at this place, and where its content begins and ends; None when too little is there yet."""
    try:
        tag, at = _varint(buffer, at)
        width = _WIDTHS.get(tag & 7)
        if width is not None:
            return tag, at, at + width
        length, start = _varint(buffer, at)
    except IndexError:
        return None
    if tag & 7 == 0:
        return tag, at, start
    if tag & 7 != 2:
        raise Undecodable("is no protobuf")
    return tag, start, start + length


def _varint(buffer: bytes, at: int) -> tuple[int, int]:
    """A number in seven bits a byte, the lowest first, and where it ends. Raises IndexError when it goes on."""
    value = shift = 0
    while True:
        byte = buffer[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
