"""How does a sentence count things, and name only the first of many?"""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """`1 pod`, `3 pods`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def first_of(words: Sequence[str], most: int) -> str:
    """`a, b and 7 more`: a sentence stays a sentence in a mesh of thousands."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
