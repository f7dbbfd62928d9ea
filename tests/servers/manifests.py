"""YAML files to manifests, apart from the program's own reader: the tests must not trust the code that they test."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Fast where libyaml is there; dates stay strings, as in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def load_manifests(path: Path) -> list[Manifest]:
    """Every object of a YAML file, or of all YAML files below a folder in order of their names; Lists are opened."""
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return [manifest for file in files for manifest in parse_manifests(file.read_text())]


def parse_manifests(text: str) -> list[Manifest]:
    """Every object of a YAML text."""
    return list(_open_lists(yaml.load_all(text, _Loader)))


def _open_lists(documents: Iterable[Any]) -> Iterator[Manifest]:
    for document in documents:
        if document and document.get("kind") == "List":
            yield from _open_lists(document["items"])
        elif document:
            yield document
