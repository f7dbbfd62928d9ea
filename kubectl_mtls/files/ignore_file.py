"""Which findings does a file say to ignore? A YAML list of {code, object?, reason, until?}; each entry has its line."""

from collections.abc import Callable, Mapping
from typing import Any

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.read import read_texts
from kubectl_mtls.model.ignore import Ignore, IgnoredObject, make_ignore
from kubectl_mtls.model.kind import KIND_BY_ALIAS
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.yaml_text import parse_yaml

_KEYS = ("code", "object", "reason", "until")


def read_ignore_file(path: str, read_stdin: Callable[[], bytes]) -> tuple[Ignore, ...]:
    """Every entry. Raises InvalidInput for a file that is no such list; a missing reason is none."""
    return tuple(
        ignore
        for text in read_texts([path], recursive=False, read_stdin=read_stdin)
        for ignore in parse_ignore_file(text.text, text.path)
    )


def parse_ignore_file(text: str, path: str) -> tuple[Ignore, ...]:
    """The entries of one text. Raises InvalidInput naming path and line."""
    found: list[Ignore] = []
    for document in parse_yaml(text, path):
        if not isinstance(document.value, list):
            raise InvalidInput(f"{path}:{document.line}: should be a list of entries with code and reason")
        lines = document.lines.of(document.value)
        for index, entry in enumerate(document.value):
            found.append(_entry(entry, FileOrigin(path, lines.get(str(index), document.line))))
    return tuple(found)


def _entry(entry: Any, origin: FileOrigin) -> Ignore:
    if not isinstance(entry, Mapping):
        raise InvalidInput(f"{origin}: should be a mapping with code and reason")
    if unknown := sorted(set(entry) - set(_KEYS)):
        raise InvalidInput(f"{origin}: {unknown[0]} is no key of an entry: those are {', '.join(_KEYS)}")
    written = {key: _text(entry, key, origin) for key in _KEYS}
    if not written["code"]:
        raise InvalidInput(f"{origin}: code is missing")
    named = _object(written["object"], origin) if written["object"] else None
    return make_ignore(written["code"], written["reason"] or "", written["until"] or None, named, origin)


def _text(entry: Mapping[str, Any], key: str, origin: FileOrigin) -> str | None:
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{origin}: {key} should be a string")
    return value


def _object(written: str, origin: FileOrigin) -> IgnoredObject:
    """`TYPE/NAME`, `TYPE/NAME.NAMESPACE`, or as findings are printed: `TYPE/NAME -n NAMESPACE`."""
    words = written.split()
    kind_word, slash, name = words[0].partition("/") if words else ("", "", "")
    kind = KIND_BY_ALIAS.get(kind_word.lower())
    if not slash or not name or kind is None or len(words) not in (1, 3) or words[1:2] not in ([], ["-n"]):
        raise InvalidInput(f"{origin}: object {written}: should be TYPE/NAME, such as pa/default.shop")
    return IgnoredObject(kind, name, words[2] if len(words) == 3 else None)
