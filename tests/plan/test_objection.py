"""Every objection that a planner raises is explained by `kubectl mtls rules CODE`."""

from kubectl_mtls.plan.objection import OBJECTION_KINDS
from kubectl_mtls.rules.catalogue import OBJECTIONS


def test_codes_and_names_are_those_of_the_catalogue():
    explained = {(rule.code, rule.name) for rule in OBJECTIONS}
    assert {(kind.code, kind.name) for kind in OBJECTION_KINDS} <= explained
