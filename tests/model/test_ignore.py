"""What an ignore says, and what it does not get away with."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.model.ignore import IgnoredObject, matches_rule, parse_ignores
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, SERVICE
from kubectl_mtls.model.ref import Ref

NOW = datetime(2026, 8, 1, tzinfo=UTC)


def test_two_ignores_with_reason_and_day():
    first, second = parse_ignores("MTLS104: both are meant; MTLS108 until 2027-01-31: the port: comes later")
    assert (first.code, first.reason, first.until, first.problem) == ("MTLS104", "both are meant", None, None)
    assert (second.code, second.reason) == ("MTLS108", "the port: comes later")
    assert second.until == datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("MTLS104", "it gives no reason"),
        ("MTLS104:  ", "it gives no reason"),
        ("MTLS104 until 2027-01-31", "it gives no reason"),
        ("MTLS1O4: typed", "'MTLS1O4' is neither a code nor the name of a rule"),
        (": why", "'' is neither a code nor the name of a rule"),
        ("MTLS104 until soon: why", "'soon' should be a day such as 2027-01-31"),
        ("MTLS104 until 2027-02-30: why", "'2027-02-30' should be a day such as 2027-01-31"),
        ("MTLS104 until 2027-01-31T00:00: why", "'2027-01-31T00' should be a day such as 2027-01-31"),
        ("MTLS104 because: why", "'MTLS104 because: why' should read CODE: REASON, or CODE until DAY: REASON"),
    ],
)
def test_what_cannot_be_read_does_not_count(written: str, problem: str):
    (ignore,) = parse_ignores(written)
    assert ignore.problem == problem
    assert not ignore.counts(NOW)


def test_the_day_itself_counts_and_the_next_does_not():
    (ignore,) = parse_ignores("permissive-mode until 2026-07-31: migration")
    assert ignore.counts(datetime(2026, 7, 31, 23, 59, 59, tzinfo=UTC))
    assert ignore.has_expired(NOW)
    assert not ignore.counts(NOW)


def test_semicolons_without_anything_are_no_ignores():
    assert list(parse_ignores(" ; ;")) == []


@given(st.text())
def test_nothing_that_people_write_raises(written: str):
    for ignore in parse_ignores(written):
        ignore.counts(NOW)
        ignore.covers("MTLS104", "duplicate-policy")


@pytest.mark.parametrize(
    ("word", "matches"),
    [("MTLS104", True), ("mtls1", True), ("MTLS", True), ("MTLS2", False), ("Duplicate-Policy", True), ("dupl", False)],
)
def test_a_word_means_a_code_its_beginning_or_a_name(word: str, matches: bool):
    assert matches_rule(word, "MTLS104", "duplicate-policy") is matches


def test_an_object_is_meant_by_kind_and_name_and_by_namespace_where_it_is_given():
    ref = Ref(PEER_AUTHENTICATION, "shop", "default")
    assert IgnoredObject(PEER_AUTHENTICATION, "default").matches(ref)
    assert IgnoredObject(PEER_AUTHENTICATION, "default.shop").matches(ref)
    assert IgnoredObject(PEER_AUTHENTICATION, "default", "shop").matches(ref)
    assert not IgnoredObject(PEER_AUTHENTICATION, "default", "bank").matches(ref)
    assert not IgnoredObject(SERVICE, "default").matches(ref)
    assert not IgnoredObject(SERVICE, "default").matches(None)
