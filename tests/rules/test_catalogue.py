"""Every rule is documented by manifests that show it, and every page says what its module says."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kubectl_mtls.rules
from kubectl_mtls.render.rule_page import OBJECTION_SECTIONS, RULE_SECTIONS, parse_sections, yaml_of
from kubectl_mtls.render.rules_text import render_rule, render_rules
from kubectl_mtls.rules.catalogue import CATALOGUE, OBJECTIONS, every_rule, find_rule
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.secret_catalogue import SECRET_CATALOGUE
from tests.rules.mesh import codes, view_of

RULES = [rule for rule, _ in CATALOGUE]
ROOT = Path(__file__).parents[2]


def by_name(rule: Rule) -> str:
    return rule.name


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_the_example_gives_this_finding_and_no_other(rule):
    assert codes(view_of(yaml_of(rule.doc, "Example"))) == [rule.code]


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_the_better_manifests_give_no_finding(rule):
    assert codes(view_of(yaml_of(rule.doc, "Better"))) == []


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_rule_has_exactly_the_agreed_sections(rule):
    assert tuple(section.title for section in parse_sections(rule.doc)) == RULE_SECTIONS


@pytest.mark.parametrize("rule", OBJECTIONS, ids=by_name)
def test_an_objection_has_exactly_the_agreed_sections(rule):
    assert tuple(section.title for section in parse_sections(rule.doc)) == OBJECTION_SECTIONS


def test_codes_and_names_are_unique_and_in_order():
    every = [*every_rule(), *OBJECTIONS]
    assert [rule.code for rule in every] == sorted({rule.code for rule in every})
    assert len({rule.name for rule in every}) == len(every)
    assert all(re.fullmatch(r"MTLS[1-7]\d\d", rule.code) for rule in every)
    assert all(rule.code.startswith("MTLS7") == (rule in OBJECTIONS) for rule in every)


def test_every_module_with_a_rule_is_in_the_catalogue_under_its_name():
    of_secrets = [rule for rule, _ in SECRET_CATALOGUE]
    every = (*RULES, *of_secrets, *OBJECTIONS)
    listed = {f"objection_{rule.name}" if rule in OBJECTIONS else rule.name for rule in every}
    modules = [module.name for module in pkgutil.iter_modules(kubectl_mtls.rules.__path__)]
    with_rule = {name for name in modules if hasattr(importlib.import_module(f"kubectl_mtls.rules.{name}"), "RULE")}
    assert {name.replace("-", "_") for name in listed} == with_rule


def test_a_rule_is_found_by_code_and_by_name_in_any_case():
    assert find_rule("mtls102") is find_rule("permissive-mode") is find_rule("MTLS102")
    assert find_rule("MTLS701") in OBJECTIONS
    assert find_rule("key-mismatch") is find_rule("MTLS310")
    assert find_rule("MTLS999") is None


def test_the_pages_are_not_stale():
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_list_shows_every_rule_and_objection():
    lines = render_rules(RULES, OBJECTIONS).splitlines()
    assert lines[0].split() == ["CODE", "SEVERITY", "NAME", "SUMMARY"]
    assert [line.split()[0] for line in lines[1:]] == [rule.code for rule in (*RULES, *OBJECTIONS)]
    assert lines[-1].split()[1] == "objection"


@pytest.mark.parametrize("rule", [*RULES, *OBJECTIONS], ids=by_name)
def test_one_rule_as_text_holds_every_section_within_100_columns(rule):
    text = render_rule(rule, OBJECTIONS)
    assert text.startswith(f"{rule.code}  {rule.name}  (")
    assert all(section.title.upper() in text for section in parse_sections(rule.doc))
    assert max(map(len, text.splitlines())) <= 100
