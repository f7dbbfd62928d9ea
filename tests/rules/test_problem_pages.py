"""Every kind of problem in a certificate has a page of the agreed sections; where it shows manifests, they are true."""

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.render.rule_page import RULE_SECTIONS, parse_sections, yaml_of
from kubectl_mtls.rules.certificate_problem import PROBLEM_RULES, check_inspection
from tests.rules.mesh import NOW, view_of

RULES = list(PROBLEM_RULES.values())
SHOWN = [rule for rule in RULES if "\nExample\n" in rule.doc]


def codes(text: str) -> set[str]:
    secrets = view_of(text).snapshot.secrets
    assert len(secrets) == 1
    return {finding.code for finding in check_inspection(inspect(secrets[0], None, NOW))}


def test_every_kind_of_problem_has_a_page():
    assert set(PROBLEM_RULES) == set(ProblemCode)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_page_says_what_why_and_how_to_mend(rule):
    titles = [section.title for section in parse_sections(rule.doc)]
    shown = [title for title in RULE_SECTIONS if title not in ("Example", "Better")]
    assert titles == (list(RULE_SECTIONS) if rule in SHOWN else shown)
    assert all(section.parts for section in parse_sections(rule.doc))


@pytest.mark.parametrize("rule", SHOWN, ids=lambda rule: rule.name)
def test_the_example_has_the_problem_and_the_better_one_has_not(rule):
    assert rule.code in codes(yaml_of(rule.doc, "Example"))
    assert rule.code not in codes(yaml_of(rule.doc, "Better"))
