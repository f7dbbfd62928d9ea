from datetime import UTC, datetime, timedelta

import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.expiring_root import check
from tests.rules.mesh import NEW_ROOT, OLD_ROOT, only, root_copy, view_of

END = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
CASES = {
    "no finding: 90 days before the end": (END - 90 * DAY, None),
    "a warning from less than 90 days": (END - 90 * DAY + SECOND, Severity.WARNING),
    "still a warning 14 days before": (END - 14 * DAY, Severity.WARNING),
    "an error from less than 14 days": (END - 14 * DAY + SECOND, Severity.ERROR),
    "an error at the very end": (END, Severity.ERROR),
    "an error long after it": (END + 400 * DAY, Severity.ERROR),
}


@pytest.mark.parametrize(("now", "severity"), CASES.values(), ids=CASES)
def test_a_root_is_a_finding_in_its_last_90_days_and_an_error_in_its_last_14(now, severity):
    findings = list(check(view_of(root_copy(OLD_ROOT), now=now)))
    assert [finding.severity for finding in findings] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (END - 40 * DAY, "ends in 40 days, on 2026-10-01 00:00 UTC: no mutual TLS connection of the mesh will work"),
        (END - SECOND, "ends within a day, on 2026-10-01 00:00 UTC"),
        (END, "has ended on 2026-10-01 00:00 UTC: no mutual TLS connection of the mesh works"),
    ],
)
def test_the_message_says_when_and_what_happens_then(now, words):
    assert words in only(check, view_of(root_copy(OLD_ROOT), now=now)).message


@pytest.mark.parametrize("now", [END - 20 * DAY, END - DAY, END + DAY], ids=["soon", "urgent", "ended"])
def test_a_root_that_another_one_outlives_is_a_warning_only(now):
    finding = only(check, view_of(root_copy(OLD_ROOT, NEW_ROOT), now=now))
    assert finding.severity is Severity.WARNING
    assert "another trusted root lasts until 2046-01-01" in finding.message


def test_two_roots_that_both_have_ended_are_two_errors():
    findings = list(check(view_of(root_copy(OLD_ROOT, NEW_ROOT), now=datetime(2046, 1, 2, tzinfo=UTC))))
    assert [finding.severity for finding in findings] == [Severity.ERROR, Severity.ERROR]


def test_the_root_of_another_namespace_is_not_the_one_in_use():
    text = root_copy(NEW_ROOT) + root_copy(OLD_ROOT, namespace="shop")
    assert list(check(view_of(text, now=END))) == []


def test_no_copy_gives_no_finding():
    assert list(check(view_of(""))) == []
