"""Which objects a file holds: YAML streams, JSON, Lists taken apart, each with the place where it stands."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.yaml_scalar import json_number
from kubectl_mtls.model.yaml_text import parse_yaml

_ITEMS = re.compile(r'"items"\s*:\s*\[')
_BETWEEN_ITEMS = re.compile(r"[\s,]*")
_BETWEEN_OBJECTS = re.compile(r"\s*(?:---\s+)*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SMALL_JSON = 1_000_000


def parse_objects(text: str, path: str) -> Iterator[tuple[Any, FileOrigin]]:
    """Every object of a text, in order: documents, and the items of Lists (typed lists such as PodList included).

    What is yielded need not be a mapping: the caller says what is wrong with it. Fields of Istio objects carry their
    lines. Raises InvalidInput, naming path, line and reason, where the text is neither YAML nor JSON.
    """
    text = text.removeprefix("\ufeff")
    if not text.lstrip().startswith("{"):
        yield from _parse_yaml(text, path)
    elif len(text) > _SMALL_JSON:
        yield from _parse_json(text, path)
    else:
        yield from _parse_small_json(text, path)


def _parse_yaml(text: str, path: str) -> Iterator[tuple[Any, FileOrigin]]:
    for document in parse_yaml(text, path):
        if not _is_list(document.value):
            lines = document.lines.flat(document.value) if _is_istio(document.value) else {}
            yield document.value, FileOrigin(path, document.line, lines)
            continue
        items = document.value.get("items") or []
        item_lines = document.lines.of(items)
        for index, item in enumerate(items):
            lines = document.lines.flat(item) if _is_istio(item) else {}
            origin = FileOrigin(path, item_lines.get(str(index), document.line), lines)
            yield _with_type_of_list(document.value, item), origin


def _parse_small_json(text: str, path: str) -> Iterator[tuple[Any, FileOrigin]]:
    """As YAML, which knows the lines of fields; as JSON where that is no YAML (surrogate pairs, several objects)."""
    try:
        objects = list(_parse_yaml(text, path))
    except InvalidInput as not_yaml:
        try:
            objects = list(_parse_json(text, path))
        except InvalidInput:
            raise not_yaml from None
    yield from objects


def _parse_json(text: str, path: str) -> Iterator[tuple[Any, FileOrigin]]:
    """JSON objects one after another, by the C decoder; items are found once more so that their lines are known."""
    line, reached = 1, 0
    for whole, start, end in _decode_json(text, path):
        line += text.count("\n", reached, start)
        reached = start
        if not _is_list(whole):
            yield whole, FileOrigin(path, line)
            continue
        positions = _item_positions(text, start, end)
        for item in whole.get("items") or []:
            position = next(positions, reached)
            line += text.count("\n", reached, position)
            reached = position
            yield _with_type_of_list(whole, item), FileOrigin(path, line)


def _decode_json(text: str, path: str) -> Iterator[tuple[Any, int, int]]:
    """Each value with its start and end. Raises InvalidInput."""
    decoder = json.JSONDecoder(parse_float=json_number)
    position = 0
    while (start := _next_start(text, position)) < len(text):
        try:
            whole, position = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"{path}:{error.lineno}: malformed JSON: {error.msg}") from None
        except RecursionError:
            raise InvalidInput(f"{path}: malformed JSON: nested too deep") from None
        except ValueError:
            raise InvalidInput(f"{path}: malformed JSON: a number with too many digits") from None
        yield (_without_surrogates(whole) if _SURROGATE.search(text, start, position) else whole), start, position


def _next_start(text: str, position: int) -> int:
    """Behind blanks and YAML's separators, which kubectl takes between JSON objects, too."""
    between = _BETWEEN_OBJECTS.match(text, position)
    return between.end() if between else position


def _without_surrogates(value: Any) -> Any:
    """Halves of surrogate pairs are no characters: Go's decoder puts U+FFFD in their place, so do we."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_without_surrogates(key): _without_surrogates(child) for key, child in value.items()}
        case list():
            return [_without_surrogates(child) for child in value]
    return value


def _item_positions(text: str, start: int, end: int) -> Iterator[int]:
    """Where each element of the first `"items": [` starts; ends early where the text is of another shape."""
    opening = _ITEMS.search(text, start, end)
    decoder = json.JSONDecoder()
    position = opening.end() if opening else end
    while (between := _BETWEEN_ITEMS.match(text, position, end)) and text[between.end() : between.end() + 1] == "{":
        yield between.end()
        _, position = decoder.raw_decode(text, between.end())


def _is_list(document: Any) -> bool:
    return (
        isinstance(document, Mapping)
        and str(document.get("kind", "")).endswith("List")
        and isinstance(document.get("items"), list | None)
    )


def _is_istio(manifest: Any) -> bool:
    return isinstance(manifest, Mapping) and ".istio.io/" in str(manifest.get("apiVersion", ""))


def _with_type_of_list(parent: Mapping[str, Any], item: Any) -> Any:
    """Items of a typed list come without kind and apiVersion: the list's name says which."""
    if not isinstance(item, dict) or parent["kind"] == "List":
        return item
    return {"apiVersion": parent.get("apiVersion", "v1"), "kind": str(parent["kind"]).removesuffix("List"), **item}
