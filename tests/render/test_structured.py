"""JSON and YAML: explicit keys, a version, and nothing raw that could steer a terminal."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.render.structured import render_object, render_structured

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_answers_carry_version_and_kind_first_and_keep_the_order_of_keys() -> None:
    written = json.loads(render_structured("Status", {"z": 1, "a": 2}, "json"))
    assert list(written) == ["apiVersion", "kind", "z", "a"]
    assert written["apiVersion"] == "kubectl-mtls/v1alpha1"
    assert list(yaml.safe_load(render_structured("Status", {"z": 1, "a": 2}, "yaml"))) == list(written)


@given(PLAIN)
def test_json_says_what_was_meant_and_holds_only_printable_characters(answer: object) -> None:
    text = render_object(answer, "json")
    assert json.loads(text) == answer
    assert all(line.isprintable() for line in text.split("\n"))


@given(PLAIN)
def test_yaml_says_what_was_meant_and_holds_only_printable_characters(answer: object) -> None:
    text = render_object(answer, "yaml")
    assert yaml.safe_load(text) == answer
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_text_that_is_no_unicode_is_shown_with_replacement_characters(output: str) -> None:
    assert yaml.safe_load(render_object({"file": ["caf\udce9.yaml"]}, output)) == {"file": ["caf�.yaml"]}
