"""One object of a text changed in place: comments, order and everything else stay.

A value is replaced where it stands. Where a field comes or goes, the object's document is written anew, unless it has
comments to lose. Every result is read again: it must hold the wanted object and every other one as it was.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from kubectl_mtls.errors import Conflict, InvalidInput, Refused
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Manifest

_SEPARATOR = re.compile(r"^(---|\.\.\.)(\s|$)")
_COMMENT = re.compile(r"(^|\s)#")
Scalar = tuple[str, object, object]
"""Dotted path, old and new value of one field."""


def edit_object(text: str, origin: FileOrigin, before: Manifest, after: Manifest, scalars: tuple[Scalar, ...]) -> str:
    """The text with the object that starts at the origin's line changed from `before` to `after`.

    `scalars` are the changed fields where each has a value before and after, else empty. Raises Conflict when the text
    does not hold `before` there (any more), Refused when it cannot be changed without losing something.
    """
    objects = [(value, place.line) for value, place in parse_objects(text, origin.path)]
    index = next((index for index, found in enumerate(objects) if found == (before, origin.line)), None)
    if index is None:
        raise Conflict(f"{origin} is not what it was when it was read")
    wanted = [value for value, _ in objects]
    wanted[index] = after
    for candidate in (*_with_values(text, origin, scalars), *_with_document(text, origin.line, after)):
        if _objects(candidate, origin.path) == wanted:
            return candidate
    raise Refused(
        f"{origin} cannot be changed in place without losing comments or layout",
        "without --write the changed manifest is printed",
    )


def append_object(text: str, manifest: Manifest) -> str:
    """The text with one more document at its end."""
    separator = "" if not text.strip() else "---\n" if text.endswith("\n") else "\n---\n"
    return text + separator + _dump(manifest)


def _with_values(text: str, origin: FileOrigin, scalars: tuple[Scalar, ...]) -> Iterator[str]:
    """Every way to write the new values on the lines of the old ones; several where a line has several like it."""
    candidates = [text] if scalars else []
    for path, old, new in scalars:
        line = origin.field_lines.get(path)
        candidates = (
            [] if line is None else [one for text in candidates for one in _on_line(text, line, path, old, new)]
        )
    yield from candidates


def _on_line(text: str, number: int, path: str, old: object, new: object) -> Iterator[str]:
    lines = text.split("\n")
    key = re.escape(path.rpartition(".")[2])
    pattern = re.compile(rf"""(?<![\w.-])(["']?{key}["']?\s*:\s*["']?){re.escape(str(old))}(?![\w.-])""")
    line = lines[number - 1]
    for match in pattern.finditer(line):
        changed = line[: match.start()] + match[1] + str(new) + line[match.end() :]
        yield "\n".join((*lines[: number - 1], changed, *lines[number:]))


def _with_document(text: str, number: int, after: Manifest) -> Iterator[str]:
    """The whole document of the object written anew, where it has no comments."""
    lines = text.split("\n")
    above = [index for index, line in enumerate(lines[:number]) if _SEPARATOR.match(line)]
    below = (index for index, line in enumerate(lines[number:], number) if _SEPARATOR.match(line))
    start, end = (above[-1] + 1 if above else 0), next(below, len(lines))
    if not any(_COMMENT.search(line) for line in lines[start:end]):
        yield "\n".join((*lines[:start], *_dump(after).rstrip("\n").split("\n"), *(lines[end:] or [""])))


def _objects(text: str, path: str) -> list[Any]:
    try:
        return [value for value, _ in parse_objects(text, path)]
    except InvalidInput:
        return []


def _dump(manifest: Manifest) -> str:
    return str(yaml.dump(manifest, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False))
