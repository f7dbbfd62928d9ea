"""Answers as JSON or YAML: versioned objects with explicit keys."""

from collections.abc import Mapping
from typing import Any

import orjson
import yaml

API_VERSION = "kubectl-mtls/v1alpha1"


def render_structured(kind: str, answer: Mapping[str, Any], output: str) -> str:
    """`answer` as an object of our API; `output` is json or yaml."""
    return render_object({"apiVersion": API_VERSION, "kind": kind, **answer}, output)


def render_object(answer: Any, output: str) -> str:
    """Any plain value as JSON or YAML, keys in the given order, with a newline at the end."""
    if output == "json":
        return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n"
    return yaml.dump(answer, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, width=1_000_000)
