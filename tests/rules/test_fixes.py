"""A fix that starts with `kubectl mtls` is a command of this program, with flags that it has."""

import io
import re
import shlex
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from kubectl_mtls.cli.commands import build_app
from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from kubectl_mtls.files.read import read_files
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.posture.server.services import resolve_services
from kubectl_mtls.render.rule_page import is_block, parse_sections
from kubectl_mtls.rules.catalogue import CATALOGUE, OBJECTIONS, every_rule
from kubectl_mtls.rules.judgement import judge
from kubectl_mtls.rules.view import View
from tests.rules.mesh import view_of

_UNLIKE_A_TYPING_ERROR = ("error: no API server is configured", "error: --cert ")
"""What is wrong with a command whose flags are right: it names no cluster and no file of its reader's."""

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def fixes() -> list[str]:
    """Every fix that the rules' own examples and the example meshes bring about."""
    found: dict[str, None] = {}
    for rule, check in CATALOGUE:
        blocks = [
            textwrap.dedent(part)
            for section in parse_sections(rule.doc)
            if section.title == "Example"
            for part in section.parts
            if is_block(part)
        ]
        found |= {one.fix: None for block in blocks for one in check(view_of(block)) if one.fix}
    for example in ("shop-in-trouble", "comparison"):
        source = read_files([str(ROOT / "examples" / example)], recursive=False, namespace="default", read_stdin=bytes)
        snapshot = build_snapshot(source.reading, live=False)
        view = View(snapshot, resolve_services(snapshot), NOW)
        found |= {one.fix: None for one in judge(view, CATALOGUE).findings if one.fix}
    return [fix for fix in found if fix.startswith("kubectl mtls ")]


@pytest.mark.parametrize("fix", fixes())
def test_a_fix_can_be_pasted(fix: str) -> None:
    _, _, name, *arguments = shlex.split(fix)
    group = typer.main.get_command(build_app())
    with group.make_context("kubectl mtls", [name], resilient_parsing=True) as context:
        command = group.get_command(context, name)
        assert command is not None, fix
        command.make_context(name, arguments, parent=context, obj=None)


def documented() -> list[str]:
    """Every command in the prose of a rule or an objection, with words in the place of its placeholders."""
    found: dict[str, None] = {}
    for rule in (*every_rule(), *OBJECTIONS):
        for command in re.findall(r"`(kubectl\s+mtls\s[^`]*)`", rule.doc):
            found[" ".join(command.replace("PORT", "8080").replace("MODE", "STRICT").split())] = None
    return list(found)


@pytest.mark.parametrize("command", documented())
def test_a_command_in_a_rules_page_is_one_that_can_be_typed(command: str) -> None:
    err = io.StringIO()
    code = main(shlex.split(command)[2:], Session(environ={}, stdout=io.StringIO(), stderr=err))
    assert code == 0 or err.getvalue().startswith(_UNLIKE_A_TYPING_ERROR), err.getvalue()


def test_there_are_fixes_to_paste() -> None:
    assert len(fixes()) >= 5
    assert len(documented()) >= 5
    assert len(every_rule()) > len(CATALOGUE) > 10
