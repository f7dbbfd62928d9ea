"""How a field of a raw manifest is read: by path, with the shape it must have.

Parsers take what they need and ignore the rest. What has another shape than the API's schema raises Malformed, which
`build_snapshot` turns into a Gap that names object and field.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")


class Malformed(Exception):
    """A field of the wrong shape. `field` is its dotted path, `problem` what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class _Below:
    """A class, since a generator would cost a big mesh a tenth of its time."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, Malformed):
            raise Malformed(f"{self._path}.{error.field}", error.problem) from None


def below(path: str) -> _Below:
    """Name fields in full that were read from a part of the manifest: `path` is where that part hangs."""
    return _Below(path)


_SHAPES: Mapping[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    dict: "a mapping",
    list: "a list",
}


def _read(manifest: Any, path: str, shape: type[T]) -> T | None:
    """The value at `path` (dots separate keys; keys here hold none), or None when it or a parent is absent or null."""
    value = manifest
    for key in path.split("."):
        if type(value) is not dict:
            return _read_carefully(manifest, path, shape)
        value = value.get(key)
    if value is None or type(value) is shape:
        return value
    return _read_carefully(manifest, path, shape)


def _read_carefully(manifest: Any, path: str, shape: type[T]) -> T | None:
    """The same, for what is absent, odd or malformed."""
    value = manifest
    reached: list[str] = []
    for key in path.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise Malformed(".".join(reached), f"should be a mapping, is {_shown(value)}")
        reached.append(key)
        value = value.get(key)
    if value is None:
        return None
    if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        raise Malformed(path, f"should be {_SHAPES[shape]}, is {_shown(value)}")
    return value


def _shown(value: object) -> str:
    for shape, words in _SHAPES.items():
        if isinstance(value, shape):
            return words if isinstance(value, dict | list) else f"{words} ({str(value)[:40]!r})"
    return f"{str(value)[:40]!r}"


def text(manifest: Any, path: str) -> str:
    """A string, empty when absent."""
    return _read(manifest, path, str) or ""


def flag(manifest: Any, path: str) -> bool | None:
    """A boolean, None when absent."""
    return _read(manifest, path, bool)


def number(manifest: Any, path: str) -> int | None:
    """A whole number, None when absent."""
    return _read(manifest, path, int)


def mapping(manifest: Any, path: str) -> Mapping[str, Any]:
    """A mapping, empty when absent."""
    return _read(manifest, path, dict) or {}


def items(manifest: Any, path: str) -> list[Any]:
    """A list, empty when absent."""
    return _read(manifest, path, list) or []


def mappings(manifest: Any, path: str) -> list[Mapping[str, Any]]:
    """A list of mappings, empty when absent; null elements are left out."""
    found = items(manifest, path)
    if set(map(type, found)) <= {dict}:
        return found
    found = [item for item in found if item is not None]
    for index, item in enumerate(found):
        if not isinstance(item, Mapping):
            raise Malformed(f"{path}.{index}", f"should be a mapping, is {_shown(item)}")
    return found


def strings(manifest: Any, path: str) -> Mapping[str, str]:
    """A mapping of strings (labels, annotations, ConfigMap data), empty when absent."""
    found = mapping(manifest, path)
    if set(map(type, found.values())) <= {str}:
        return found
    for key, value in found.items():
        if not isinstance(value, str):
            raise Malformed(f"{path}.{key}", f"should be a string, is {_shown(value)}")
    return found


def time(manifest: Any, path: str) -> datetime | None:
    """An RFC 3339 time as aware UTC, None when absent."""
    written = text(manifest, path)
    if not written:
        return None
    try:
        return _moment(written)
    except (ValueError, OverflowError):
        raise Malformed(path, f"should be an RFC 3339 time, is {written[:40]!r}") from None


@lru_cache(1000)
def _moment(written: str) -> datetime:
    parsed = datetime.fromisoformat(written)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
