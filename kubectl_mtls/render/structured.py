"""Answers as JSON or YAML: versioned objects with explicit keys."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import yaml

API_VERSION = "kubectl-mtls/v1alpha1"

_STEERING = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""What steers a terminal or turns the direction of writing: JSON leaves it raw, YAML does not."""


def render_structured(kind: str, answer: Mapping[str, Any], output: str) -> str:
    """`answer` as an object of our API; `output` is json or yaml."""
    return render_object({"apiVersion": API_VERSION, "kind": kind, **answer}, output)


def render_object(answer: Any, output: str) -> str:
    """Any plain value as JSON or YAML, keys in the given order, with a newline at the end."""
    if output == "json":
        text = orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n"
        return text if text.isascii() and "\x7f" not in text else _STEERING.sub(_escaped, text)
    return yaml.dump(answer, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, width=1_000_000)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
