"""Fields are read by path; a wrong shape is named in full."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_mtls.model import fields
from kubectl_mtls.model.fields import Malformed


@pytest.mark.parametrize("manifest", [{}, {"a": None}, {"a": {}}, {"a": {"b": None}}, None])
def test_what_is_absent_or_null_is_empty(manifest: Any) -> None:
    assert fields.text(manifest, "a.b") == ""
    assert fields.flag(manifest, "a.b") is None
    assert fields.number(manifest, "a.b") is None
    assert fields.mapping(manifest, "a.b") == {}
    assert fields.items(manifest, "a.b") == []
    assert fields.mappings(manifest, "a.b") == []
    assert fields.strings(manifest, "a.b") == {}
    assert fields.time(manifest, "a.b") is None


@pytest.mark.parametrize(
    ("read", "value", "field", "problem"),
    [
        (fields.text, 5, "a", "should be a string, is a whole number ('5')"),
        (fields.text, True, "a", "should be a string, is true or false ('True')"),
        (fields.number, "5", "a", "should be a whole number, is a string ('5')"),
        (fields.number, True, "a", "should be a whole number, is true or false ('True')"),
        (fields.number, 1.5, "a", "should be a whole number, is '1.5'"),
        (fields.flag, "true", "a", "should be true or false, is a string ('true')"),
        (fields.flag, 1, "a", "should be true or false, is a whole number ('1')"),
        (fields.mapping, [], "a", "should be a mapping, is a list"),
        (fields.items, {}, "a", "should be a list, is a mapping"),
        (fields.mappings, [{}, "x"], "a.1", "should be a mapping, is a string ('x')"),
        (fields.strings, {"k": 1}, "a.k", "should be a string, is a whole number ('1')"),
        (fields.time, "yesterday", "a", "should be an RFC 3339 time, is 'yesterday'"),
        (fields.time, "0001-01-01T00:00:00+14:00", "a", "should be an RFC 3339 time, is '0001-01-01T00:00:00+14:00'"),
        (fields.text, "x" * 3 + "\x1b[31m", None, None),
    ],
)
def test_a_wrong_shape_names_field_and_problem(read: Any, value: Any, field: str | None, problem: str | None) -> None:
    if field is None:
        assert read({"a": value}, "a") == value
        return
    with pytest.raises(Malformed) as malformed:
        read({"a": value}, "a")
    assert (malformed.value.field, malformed.value.problem) == (field, problem)


def test_the_parent_of_a_wrong_shape_is_named() -> None:
    with pytest.raises(Malformed, match=r"^a\.b: should be a mapping, is a string \('x'\)$"):
        fields.text({"a": {"b": "x"}}, "a.b.c")


def test_a_long_value_is_shown_in_part() -> None:
    with pytest.raises(Malformed) as malformed:
        fields.number({"a": "9" * 1000}, "a")
    assert len(malformed.value.problem) < 100


def test_a_field_below_another_is_named_in_full() -> None:
    wanted = pytest.raises(Malformed, match=r"^spec\.containers\.1\.name: ")
    with wanted, fields.below("spec"), fields.below("containers.1"):
        fields.text({"name": 1}, "name")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_times_are_aware_and_utc(written: str, moment: datetime) -> None:
    assert fields.time({"a": written}, "a") == moment
