"""What a YAML text says to Kubernetes, and at which line it says it.

Follows sigs.k8s.io/yaml (go-yaml v2 rules), which kubectl and the API server use: YAML 1.1 scalars (`y`, `on` and `off`
are booleans, `0755` is octal), string keys, later duplicates win, timestamps stay strings. PyYAML's constructors follow
other rules, so the events of its parser are composed here, without a tree of nodes in between.
"""

import base64
import binascii
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from kubectl_mtls.errors import InvalidInput

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 200

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_BASES = ((2, 16), (3, 2), (4, 8), (5, 10))


@dataclass(slots=True)
class Lines:
    """The 1-based lines of the keys of every mapping and the items of every sequence of one document.

    Kept by identity of the value, so that it costs nothing to walk; valid as long as the document is alive.
    """

    by_value: dict[int, dict[str, int]] = field(default_factory=dict)

    def of(self, value: object) -> dict[str, int]:
        """Lines by key (or by index as text) of one mapping or sequence."""
        return self.by_value.get(id(value), {})

    def flat(self, value: object, prefix: str = "") -> dict[str, int]:
        """Lines by dotted path of everything below `value`."""
        found: dict[str, int] = {}
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        lines = self.of(value)
        for key, child in children:
            path = f"{prefix}{key}"
            if str(key) in lines:
                found[path] = lines[str(key)]
            if isinstance(child, dict | list) and child:
                found.update(self.flat(child, f"{path}."))
        return found


@dataclass(slots=True)
class YamlDocument:
    """One document of a stream: its value, the line at which it starts, and the lines inside it."""

    value: Any
    line: int
    lines: Lines


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet."""

    value: Any
    lines: dict[str, int]
    anchor: str | None
    key: Any = None
    has_key: bool = False
    merges: list[Any] = field(default_factory=list)


def parse_yaml(text: str, path: str) -> Iterator[YamlDocument]:
    """Every non-empty document of a YAML stream. Raises InvalidInput naming path, line and reason."""
    try:
        yield from _compose(yaml.parse(text, Loader=_PARSER), path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"{path}:{line}: malformed YAML: {problem}") from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        reason = getattr(error, "reason", None) or "not readable"
        raise InvalidInput(f"{path}:{line}: malformed YAML: {reason}") from None


def _compose(events: Iterator[Any], path: str) -> Iterator[YamlDocument]:
    stack: list[_Open] = []
    anchors: dict[str, Any] = {}
    lines = Lines()
    start = 1
    value: Any
    anchor: str | None
    for event in events:
        match event:
            case yaml.ScalarEvent():
                start = start or _line(event)
                value, anchor = _scalar(event), event.anchor
                if stack:
                    _note_line(stack[-1], event)
            case yaml.DocumentStartEvent():
                anchors, lines, start = {}, Lines(), 0
                continue
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                start = start or _line(event)
                value = {} if isinstance(event, yaml.MappingStartEvent) else []
                if len(stack) >= _MAX_DEPTH:
                    raise InvalidInput(f"{path}:{_line(event)}: nested more than {_MAX_DEPTH} levels deep")
                if stack:
                    _note_line(stack[-1], event)
                stack.append(_Open(value, lines.by_value.setdefault(id(value), {}), event.anchor))
                continue
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = stack.pop()
                _merge(closed)
                value, anchor = closed.value, closed.anchor
            case yaml.AliasEvent():
                if event.anchor not in anchors:
                    raise InvalidInput(f"{path}:{_line(event)}: alias *{event.anchor} names no anchor")
                value, anchor = anchors[event.anchor], None
            case _:
                continue
        if anchor:
            anchors[anchor] = value
        if stack:
            _put(stack[-1], value)
        elif value is not None:
            yield YamlDocument(value, start, lines)


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _note_line(parent: _Open, event: Any) -> None:
    """Keys carry the line of a mapping's field, items that of a sequence's element."""
    if isinstance(parent.value, list):
        parent.lines[str(len(parent.value))] = _line(event)
    elif not parent.has_key and isinstance(event, yaml.ScalarEvent):
        parent.lines[_key_text(_scalar(event))] = _line(event)


def _put(parent: _Open, value: Any) -> None:
    if isinstance(parent.value, list):
        parent.value.append(value)
    elif not parent.has_key:
        parent.key, parent.has_key = value, True
    else:
        if parent.key == "<<" and isinstance(value, dict | list):
            parent.merges.append(value)
        else:
            parent.value[_key_text(parent.key)] = value
        parent.has_key = False


def _merge(closed: _Open) -> None:
    """The merge key `<<`: mappings whose keys count where the mapping itself has none."""
    for merged in closed.merges:
        for source in merged if isinstance(merged, list) else [merged]:
            if isinstance(source, dict):
                for key, value in source.items():
                    closed.value.setdefault(key, value)


def _key_text(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.tag == "tag:yaml.org,2002:binary":
        try:
            return base64.b64decode(text).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return text
    if event.tag == "tag:yaml.org,2002:str" or not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_START:
        return _number(text)
    return text


def _number(text: str) -> Any:
    plain = text.replace("_", "")
    if match := _INTEGER.match(plain):
        for group, base in _BASES:
            if digits := match.group(group):
                return int(digits, base) * (-1 if match.group(1) == "-" else 1)
    return float(plain) if _FLOAT.match(plain) else text
