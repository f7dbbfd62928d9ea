"""Which objects a file holds: YAML streams, JSON, Lists taken apart, each with the place where it stands."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.yaml_text import parse_yaml

_ITEMS = re.compile(r'"items"\s*:\s*\[')
_BETWEEN_ITEMS = re.compile(r"[\s,]*")
_SMALL_JSON = 1_000_000


def parse_objects(text: str, path: str) -> Iterator[tuple[Any, FileOrigin]]:
    """Every object of a text, in order: documents, and the items of Lists (typed lists such as PodList included).

    What is yielded need not be a mapping: the caller says what is wrong with it. Fields of Istio objects carry their
    lines. Raises InvalidInput, naming path, line and reason, where the text is neither YAML nor JSON.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > _SMALL_JSON and text.lstrip().startswith("{"):
        yield from _parse_large_json(text, path)
        return
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


def _parse_large_json(text: str, path: str) -> Iterator[tuple[Any, FileOrigin]]:
    """JSON too large for the YAML parser's pace: the C decoder, item by item so that lines are known."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{path}:{error.lineno}: malformed JSON: {error.msg}") from None
    except RecursionError:
        raise InvalidInput(f"{path}: malformed JSON: nested too deep") from None
    if not _is_list(whole):
        yield whole, FileOrigin(path, 1)
        return
    positions = _item_positions(text)
    line, reached = 1, 0
    for item in whole.get("items") or []:
        start = next(positions, reached)
        line += text.count("\n", reached, start)
        reached = start
        yield _with_type_of_list(whole, item), FileOrigin(path, line)


def _item_positions(text: str) -> Iterator[int]:
    """Where each element of the first `"items": [` starts; ends early where the text is of another shape."""
    opening = _ITEMS.search(text)
    decoder = json.JSONDecoder()
    position = opening.end() if opening else len(text)
    while (between := _BETWEEN_ITEMS.match(text, position)) and text[between.end() : between.end() + 1] == "{":
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
