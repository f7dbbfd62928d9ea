"""Merge patches: RFC 7386's own examples, and the laws that planners stand on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.plan.patch import apply_patch, digest, field_changes, leaves, make_patch, value_at

KEYS = st.sampled_from(["a", "b", "c", "spec", "x.y/z"])
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.text("xy", max_size=2)
LISTS = st.lists(SCALARS, max_size=2)


def objects(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(leaf, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
    return st.dictionaries(KEYS, values, max_size=4)


BEFORE = objects(SCALARS | LISTS)
AFTER = objects(st.booleans() | st.integers(-2, 2) | st.text("xy", max_size=2) | LISTS)


@given(BEFORE, AFTER)
def test_patch_leads_from_before_to_after(before: dict[str, Any], after: dict[str, Any]):
    assert _typed(apply_patch(before, make_patch(before, after))) == _typed(after)


@given(AFTER)
def test_patch_between_equal_objects_is_empty(one: dict[str, Any]):
    assert make_patch(one, one) == {}
    assert field_changes(one, one) == ()


@given(BEFORE, AFTER)
def test_inputs_stay_as_they_are(before: dict[str, Any], after: dict[str, Any]):
    seen = repr((before, after))
    apply_patch(before, make_patch(before, after))
    assert repr((before, after)) == seen


@given(AFTER, AFTER)
def test_field_changes_name_exactly_what_differs(before: dict[str, Any], after: dict[str, Any]):
    for change in field_changes(before, after):
        assert _typed(value_at(before, change.path)) == _typed(change.before)
        assert _typed(value_at(after, change.path)) == _typed(change.after)
        assert _typed(change.before) != _typed(change.after)


@given(AFTER, AFTER)
def test_digest_is_equal_only_where_the_fields_are(one: dict[str, Any], other: dict[str, Any]):
    paths = list(leaves(make_patch(one, other)))
    if paths:
        same = all(_typed(value_at(one, path)) == _typed(value_at(other, path)) for path in paths)
        assert (digest(one, paths) == digest(other, paths)) == same


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        pytest.param({"a": "b"}, {"a": "c"}, {"a": "c"}, id="replace"),
        pytest.param({"a": "b"}, {"a": None}, {}, id="remove"),
        pytest.param({"a": ["b"]}, {"a": "c"}, {"a": "c"}, id="a list is a value"),
        pytest.param({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}, id="nested"),
        pytest.param({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}, id="lists are replaced whole"),
        pytest.param({"a": "foo"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}, id="a mapping over a value"),
        pytest.param({"e": None}, {"a": 1}, {"e": None, "a": 1}, id="null that was there stays"),
    ],
)
def test_patches_are_applied_as_in_rfc_7386(target: Any, patch: Any, result: Any):
    assert apply_patch(target, patch) == result


def test_path_with_dots_in_a_key_is_written_in_brackets():
    (change,) = field_changes({}, {"metadata": {"annotations": {"example.com/a": "1"}}})
    assert change.dotted == "metadata.annotations[example.com/a]"
    assert "1" not in repr(change).replace("path", "")


def _typed(value: Any) -> Any:
    """Comparable as JSON is: 1 is not true."""
    if isinstance(value, dict):
        return {key: _typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner) for inner in value]
    return type(value).__name__, value
