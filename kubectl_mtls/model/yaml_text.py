"""What a YAML text says to Kubernetes, and at which line it says it.

Follows sigs.k8s.io/yaml (go-yaml v2 rules), which kubectl and the API server use: scalars as in yaml_scalar, text keys,
later duplicates win, a merge key overwrites what stands before it. PyYAML's constructors follow other rules, so the
events of its parser are composed here, without a tree of nodes in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.yaml_scalar import NoScalar, scalar_value

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 200
_MAX_ALIASED = 400_000
_MERGE = object()


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


class _Refused(Exception):
    """What Kubernetes' parser refuses, and the event at which it does."""

    def __init__(self, problem: str, event: Any) -> None:
        super().__init__(problem)
        self.line = _line(event)


def parse_yaml(text: str, path: str) -> Iterator[YamlDocument]:
    """Every non-empty document of a YAML stream. Raises InvalidInput naming path, line and reason."""
    try:
        yield from _compose(yaml.parse(text, Loader=_PARSER))
    except _Refused as refused:
        raise InvalidInput(f"{path}:{refused.line}: {refused}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"{path}:{line}: malformed YAML: {problem}") from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        reason = getattr(error, "reason", None) or "not readable"
        raise InvalidInput(f"{path}:{line}: malformed YAML: {reason}") from None


def _compose(events: Iterator[Any]) -> Iterator[YamlDocument]:
    stack: list[_Open] = []
    anchors: dict[str, tuple[Any, int]] = {}
    aliased = 0
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
                anchors, aliased, lines, start = {}, 0, Lines(), 0
                continue
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                start = start or _line(event)
                value = {} if isinstance(event, yaml.MappingStartEvent) else []
                if len(stack) >= _MAX_DEPTH:
                    raise _Refused(f"nested more than {_MAX_DEPTH} levels deep", event)
                if stack:
                    _note_line(stack[-1], event)
                stack.append(_Open(value, lines.by_value.setdefault(id(value), {}), event.anchor))
                continue
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = stack.pop()
                value, anchor = closed.value, closed.anchor
            case yaml.AliasEvent():
                if event.anchor not in anchors:
                    raise _Refused(f"alias *{event.anchor} names no anchor", event)
                value, size = anchors[event.anchor]
                anchor, aliased = None, aliased + size
                if aliased > _MAX_ALIASED:
                    raise _Refused(f"aliases stand for more than {_MAX_ALIASED} values", event)
            case _:
                continue
        if anchor:
            anchors[anchor] = (value, _size(value))
        if stack:
            _put(stack[-1], value, event)
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
        parent.lines[_key_text(_scalar(event), event)] = _line(event)


def _put(parent: _Open, value: Any, event: Any) -> None:
    if isinstance(parent.value, list):
        parent.value.append(value)
    elif not parent.has_key:
        is_merge = value == "<<" and isinstance(event, yaml.ScalarEvent) and event.implicit[0]
        parent.key, parent.has_key = _MERGE if is_merge else _key_text(value, event), True
    else:
        if parent.key is _MERGE:
            _merge(parent.value, value, event)
        else:
            parent.value[parent.key] = value
        parent.has_key = False


def _merge(into: dict[str, Any], value: Any, event: Any) -> None:
    """The merge key `<<`: of a sequence the first mapping wins."""
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(source, dict) for source in sources):
        raise _Refused("the merge key << needs a mapping, or a list of mappings", event)
    for source in reversed(sources):
        into.update(source)


def _size(value: Any) -> int:
    """How many values an alias for this one stands for; counted no further than what is too much anyway."""
    size, rest = 0, [value]
    while rest and size <= _MAX_ALIASED:
        one = rest.pop()
        size += 1
        if isinstance(one, dict | list):
            rest.extend(one.values() if isinstance(one, dict) else one)
    return size


def _key_text(key: Any, event: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    if key is None or isinstance(key, dict | list):
        raise _Refused("a key must be a word or a number", event)
    return str(key)


def _scalar(event: Any) -> Any:
    try:
        return scalar_value(event.value, event.tag, plain=event.implicit[0])
    except NoScalar as problem:
        raise _Refused(str(problem), event) from None
