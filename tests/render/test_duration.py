"""Ages as kubectl writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kubectl_mtls.render.duration import render_duration, render_since, render_time


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(0), "0s"),
        (timedelta(milliseconds=900), "0s"),
        (timedelta(seconds=59), "59s"),
        (timedelta(seconds=60), "1m"),
        (timedelta(minutes=59, seconds=59), "59m"),
        (timedelta(hours=1), "1h"),
        (timedelta(hours=3, minutes=20), "3h20m"),
        (timedelta(hours=7, minutes=59), "7h59m"),
        (timedelta(hours=8, minutes=30), "8h"),
        (timedelta(hours=47, minutes=59), "47h"),
        (timedelta(days=2), "2d"),
        (timedelta(days=41, hours=3), "41d"),
        (timedelta(days=365), "365d"),
        (timedelta(days=729), "729d"),
        (timedelta(days=730), "2y"),
        (timedelta(days=3650), "10y"),
        (timedelta(minutes=-40), "-40m"),
        (timedelta(milliseconds=-900), "0s"),
        (timedelta.max, "2739726y"),
    ],
)
def test_a_span_has_one_unit_or_two_where_one_would_mislead(span: timedelta, shown: str) -> None:
    assert render_duration(span) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:04:05Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_rfc_3339_in_utc(moment: datetime, shown: str) -> None:
    assert render_time(moment) == shown


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(minutes=40), "40m ago"),
        (timedelta(0), "0s ago"),
        (timedelta(days=-1), "at 2026-01-02T00:00:00Z"),
    ],
)
def test_what_comes_after_the_time_of_the_answer_is_not_ago(before: timedelta, expected: str):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert render_since(now - before, now) == expected
