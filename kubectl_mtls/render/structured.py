"""Answers as JSON or YAML: versioned objects with explicit keys."""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
import yaml

API_VERSION = "kubectl-mtls/v1alpha1"
_UNUSUAL = re.compile(r"[^\x20-\x7e\n]")


def render_structured(kind: str, answer: Mapping[str, Any], output: str) -> str:
    """`answer` as an object of our API; `output` is json or yaml."""
    return render_object({"apiVersion": API_VERSION, "kind": kind, **answer}, output)


def render_object(answer: Any, output: str) -> str:
    """Any plain value as JSON or YAML, keys in the given order, with a newline at the end.

    What could steer a terminal is written as an escape of the format, so that nothing is lost.
    """
    try:
        return _json(answer) if output == "json" else _yaml(answer)
    except (TypeError, UnicodeEncodeError):  # a file's name that is no UTF-8
        answer = _without_surrogates(answer)
        return _json(answer) if output == "json" else _yaml(answer)


def _json(answer: Any) -> str:
    text = orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
    return f"{_UNUSUAL.sub(_shown, text)}\n"


def _shown(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _yaml(answer: Any) -> str:
    return yaml.dump(answer, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, width=1_000_000)


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        case dict():
            return {_without_surrogates(key): _without_surrogates(child) for key, child in value.items()}
        case list():
            return [_without_surrogates(child) for child in value]
    return value
