"""Whoever is asked to accept a code can look it up."""

from kubectl_mtls.plan.objection import OBJECTION_KINDS
from kubectl_mtls.rules.catalogue import OBJECTIONS, find_rule


def test_every_objection_that_planners_raise_is_described_under_its_name():
    described = {(rule.code, rule.name) for rule in OBJECTIONS}
    assert {(kind.code, kind.name) for kind in OBJECTION_KINDS} <= described


def test_the_code_of_an_objection_that_is_no_longer_raised_is_never_used_again():
    assert find_rule("MTLS702") is None
