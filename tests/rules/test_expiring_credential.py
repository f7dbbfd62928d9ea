from datetime import timedelta

import pytest

from kubectl_mtls.certs.issue import issue
from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.expiring_credential import check
from kubectl_mtls.rules.view import View
from tests.rules.credentials import DAY, cart, intermediate, leaf, root, rule, secret
from tests.rules.mesh import NOW, only, view_of

KEPT = "cert-manager.io/certificate-name: partner"


def severities(text: str, **changes) -> list[Severity]:
    view = view_of(rule() + cart() + text)
    return [one.severity for one in check(View(view.snapshot, view.rows, view.now, **changes))]


CASES = {
    "no finding: 30 days left": (300, 30, "", None),
    "a warning from less than 30 days": (300, 29.9, "", Severity.WARNING),
    "still a warning with 7 days left": (300, 7, "", Severity.WARNING),
    "an error from less than 7 days": (300, 6.9, "", Severity.ERROR),
    "no finding: it has ended, which another rule says": (300, -0.1, "", None),
    "no finding: renewed by itself, and in its usual time": (90, 20, KEPT, None),
    "renewed by itself, but late": (90, 14, KEPT, Severity.WARNING),
    "no finding: short-lived, and in its first two thirds": (3, 1.1, "", None),
    "short-lived, in its last third": (3, 0.9, "", Severity.WARNING),
    "no finding: of a day, renewed by itself after two thirds": (1, 0.2, KEPT, None),
    "of a day, and nobody renewed it": (1, 0.05, KEPT, Severity.ERROR),
}


@pytest.mark.parametrize(("lifetime", "left", "annotations", "severity"), CASES.values(), ids=CASES)
def test_how_much_is_left(lifetime, left, annotations, severity):
    made = issue("cart", NOW, root(), sans=("DNS:x",), age=(lifetime - left) * DAY, lifetime=lifetime * DAY)
    assert severities(secret(made, annotations=annotations)) == ([severity] if severity else [])


def test_the_intermediate_that_ends_before_its_leaf_decides():
    made = issue("cart", NOW, intermediate(12), sans=("DNS:x",), lifetime=300 * DAY)
    finding = only(check, view_of(rule() + cart() + secret(made)))
    assert 'ends in 12 days, on 2026-08-13 00:00 UTC ("Example Issuing CA")' in finding.message
    assert finding.field == "data[tls.crt]"


def test_what_is_asked_for_takes_the_place_of_the_usual_margin():
    assert severities(secret(leaf(50))) == []
    assert severities(secret(leaf(50)), expiring_within=timedelta(days=60)) == [Severity.WARNING]
    assert severities(secret(leaf(20)), expiring_within=timedelta(days=10)) == []


def test_who_keeps_it_is_asked_first():
    made = issue("cart", NOW, root(), sans=("DNS:x",), age=76 * DAY, lifetime=90 * DAY)
    finding = only(check, view_of(rule() + cart() + secret(made, annotations=KEPT)))
    assert "kubectl describe certificate/partner -n shop" in finding.fix
