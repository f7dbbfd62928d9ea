"""Manifests as a YAML stream that Kubernetes' parser reads back as they are.

PyYAML writes strings plainly that go-yaml takes for booleans or numbers (`y`, `on`, `7e12`), so that all strings but
plain words are quoted here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[./_-][A-Za-z0-9]+)*")
_NO_STRINGS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class _Dumper(_BASE):  # type: ignore[misc]  # the C class has no types
    """Strings as Kubernetes reads them, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        """Always: anchors are no way to write a manifest."""
        return True


def _represent(dumper: Any, text: str) -> Any:
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_STRINGS:
        style = None
    else:
        style = "|" if "\n" in text.strip() and all(line == line.rstrip() for line in text.split("\n")) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)


def render_manifests(manifests: Iterable[Mapping[str, Any]]) -> str:
    """The stream, one document for each manifest. What could steer a terminal is written as an escape."""
    return "---\n".join(yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, width=1_000_000) for manifest in manifests)
