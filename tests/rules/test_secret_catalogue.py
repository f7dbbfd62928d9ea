"""Every rule about one Secret is documented by manifests that show it, as those of the mesh are."""

import pytest

from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.posture.credential.dossier import resolve_dossier
from kubectl_mtls.render.rule_page import RULE_SECTIONS, parse_sections, yaml_of
from kubectl_mtls.render.rules_text import render_rule
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.secret_catalogue import SECRET_CATALOGUE, check_dossier
from tests.rules.mesh import NOW, view_of

RULES = [rule for rule, _ in SECRET_CATALOGUE]


def by_name(rule: Rule) -> str:
    return rule.name


def codes(text: str) -> list[str]:
    snapshot = view_of(text).snapshot
    dossiers = [
        resolve_dossier(snapshot, inspect(secret, None, NOW), NOW, "istio-system") for secret in snapshot.secrets
    ]
    assert dossiers
    return [finding.code for dossier in dossiers for finding in check_dossier(dossier)]


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_the_example_gives_this_finding_and_no_other(rule):
    assert codes(yaml_of(rule.doc, "Example")) == [rule.code]


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_the_better_manifests_give_no_finding(rule):
    assert codes(yaml_of(rule.doc, "Better")) == []


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_rule_has_exactly_the_agreed_sections_within_100_columns(rule):
    assert tuple(section.title for section in parse_sections(rule.doc)) == RULE_SECTIONS
    assert max(map(len, render_rule(rule, ()).splitlines())) <= 100
