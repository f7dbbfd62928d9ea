"""`kubectl mtls rules`: the list of rules, and one rule whole, as plain text."""

import textwrap
from collections.abc import Sequence

from kubectl_mtls.render.rule_page import is_block, lead_of, parse_sections
from kubectl_mtls.render.table import render_table
from kubectl_mtls.rules.rule import Rule

OBJECTION = "objection"
_WIDTH = 100


def render_rules(rules: Sequence[Rule], objections: Sequence[Rule], show_headers: bool = True) -> str:
    """One line a rule, in the order of codes, objections to changes last."""
    rows = [(rule.code, rule.severity.value, rule.name, rule.summary) for rule in rules]
    rows += [(rule.code, OBJECTION, rule.name, rule.summary) for rule in objections]
    return render_table(("CODE", "SEVERITY", "NAME", "SUMMARY"), rows, show_headers)


def render_rule(rule: Rule, objections: Sequence[Rule]) -> str:
    """Everything about one rule: prose wrapped to 100 columns, YAML as it can be pasted into a file."""
    kind = OBJECTION if rule in objections else rule.severity.value
    lines = [f"{rule.code}  {rule.name}  ({kind})", *_wrapped(lead_of(rule.doc))]
    for section in parse_sections(rule.doc):
        lines += ["", section.title.upper()]
        for index, part in enumerate(section.parts):
            lines += [""] * (index > 0)
            lines += [part] if is_block(part) else _wrapped(part)
    return "\n".join(lines) + "\n"


def _wrapped(prose: str) -> list[str]:
    return textwrap.wrap(prose, _WIDTH, break_on_hyphens=False, break_long_words=False)
