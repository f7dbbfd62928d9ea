"""What lies inside a piece of DER, element by element.

cryptography reads certificates whole and raises on what it finds odd (a T61 name, an extension that is there twice).
Envoy and Go are less strict, so the few fields that must be shown and judged all the same are read here: X.690
section 8, definite lengths only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE = 0x30
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value: the identifier octet, the contents, and the whole encoding."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> tuple["Element", ...]:
        """The elements inside. Raises ValueError when the contents are not DER."""
        return tuple(elements(self.content))


def elements(data: bytes) -> Iterator[Element]:
    """The elements of `data`, one after the other. Raises ValueError on what is not DER."""
    position = 0
    while position < len(data):
        end, start = _end_and_start(data, position)
        yield Element(data[position], data[start:end], data[position:end])
        position = end


def oid_text(content: bytes) -> str:
    """The dotted form of an object identifier's contents, as `2.5.4.3`."""
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        return ""
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _end_and_start(data: bytes, position: int) -> tuple[int, int]:
    if position + 2 > len(data):
        raise ValueError("cut off")
    if data[position] & 0x1F == 0x1F:
        raise ValueError("long tag")
    length, start = data[position + 1], position + 2
    if length & 0x80:
        octets = length & 0x7F
        if octets == 0 or octets > 4:
            raise ValueError("indefinite or huge length")
        start += octets
        length = int.from_bytes(data[position + 2 : start])
    if start + length > len(data):
        raise ValueError("cut off")
    return start + length, start
