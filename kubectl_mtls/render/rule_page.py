"""How a rule's documentation becomes a page: its module's docstring in, Markdown or the parts of it out."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_mtls.rules.rule import Rule

RULE_SECTIONS = ("What it checks", "Why it matters", "Example", "Better", "Fix")
OBJECTION_SECTIONS = ("What it means", "Why it matters", "Mend")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Section:
    """One titled part: paragraphs of prose and indented blocks, in order, as written."""

    title: str
    parts: tuple[str, ...]


def parse_sections(doc: str) -> tuple[Section, ...]:
    """The titled parts of a docstring; what stands before the first title is no part."""
    titles = {*RULE_SECTIONS, *OBJECTION_SECTIONS}
    sections: list[tuple[str, list[str]]] = []
    for part in doc.strip("\n").split("\n\n"):
        if part in titles:
            sections.append((part, []))
        elif sections:
            sections[-1][1].append(part)
    return tuple(Section(title, tuple(parts)) for title, parts in sections)


def lead_of(doc: str) -> str:
    """The sentence that a docstring begins with."""
    return doc.strip("\n").partition("\n\n")[0]


def is_block(part: str) -> bool:
    """Whether a part is an indented block, which holds YAML."""
    return part.startswith(_INDENT)


def yaml_of(doc: str, title: str) -> str:
    """The YAML of one section, without its indentation."""
    parts = next(section.parts for section in parse_sections(doc) if section.title == title)
    return "\n".join(textwrap.dedent(part) for part in parts if is_block(part)) + "\n"


def render_rule_page(rule: Rule, kind: str) -> str:
    """The page of one rule; `kind` is the word for its severity, `objection` for what planners raise."""
    lines = [f"# {rule.code} {rule.name}", "", f"{lead_of(rule.doc)} ({kind})", ""]
    for section in parse_sections(rule.doc):
        lines += [f"## {section.title}", ""]
        for part in section.parts:
            lines += [*(("```yaml", textwrap.dedent(part), "```") if is_block(part) else (part,)), ""]
    return "\n".join(lines)


def render_rule_index(rules: Sequence[Rule], objections: Sequence[Rule]) -> str:
    """The page that lists all pages."""
    lines = ["# Rules", "", "What `kubectl mtls check` and `kubectl mtls status` find. A code is never reused.", ""]
    lines += ["| code | severity | name | what is wrong |", "|---|---|---|---|"]
    lines += [
        f"| [{rule.code}]({page_name(rule)}) | {rule.severity} | {rule.name} | {rule.summary} |" for rule in rules
    ]
    lines += ["", "## Objections", "", "What speaks against a change, until it is accepted by its code.", ""]
    lines += ["| code | name | what speaks against it |", "|---|---|---|"]
    lines += [f"| [{rule.code}]({page_name(rule)}) | {rule.name} | {rule.summary} |" for rule in objections]
    return "\n".join(lines) + "\n"


def page_name(rule: Rule) -> str:
    """The file of a rule's page."""
    return f"{rule.code}.md"
