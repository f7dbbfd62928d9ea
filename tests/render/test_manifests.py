"""Manifests as YAML: what Kubernetes' parser reads is what was written, whatever the text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.model.yaml_text import parse_yaml
from kubectl_mtls.render.manifests import render_manifests

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=12,
)


def read_back(text: str) -> list[Any]:
    return [document.value for document in parse_yaml(text, "snapshot.yaml")]


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_everything_is_read_back_as_it_was(manifest: dict[str, Any]):
    assert read_back(render_manifests([manifest, manifest])) == [manifest, manifest]


@pytest.mark.parametrize(
    "text", ["y", "On", "null", "7e12345", "0o17", "1_000", "12:30", "2026-01-31", "~", "=", "<<", ""]
)
def test_strings_that_look_like_something_else_stay_strings(text: str):
    assert read_back(render_manifests([{"label": text, text: "key"}])) == [{"label": text, text: "key"}]


def test_a_text_of_several_lines_can_be_read_by_people():
    assert render_manifests([{"mesh": "a: 1\nb: 2\n"}]) == "mesh: |\n  a: 1\n  b: 2\n"


def test_nothing_in_it_steers_a_terminal():
    assert "\x1b" not in render_manifests([{"a": "\x1b[31m\n\x1b"}])
    assert "\u202e" not in render_manifests([{"a": "\u202e"}])
