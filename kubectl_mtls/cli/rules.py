"""`kubectl mtls rules`: what each rule, and each objection to a change, means."""

from typing import Annotated

import typer

from kubectl_mtls.cli.options import NoHeaders
from kubectl_mtls.cli.session import Session
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.render.rules_text import render_rule, render_rules
from kubectl_mtls.rules.catalogue import OBJECTIONS, every_rule, find_rule


def rules(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="MTLS104, or a name: duplicate-policy.")] = None,
    no_headers: NoHeaders = False,
) -> None:
    """List the rules, or explain one: what it checks, why it matters, an example and the fix."""
    session: Session = context.obj
    if code is None:
        findings = [rule for rule in every_rule() if rule not in OBJECTIONS]
        session.answer(render_rules(findings, OBJECTIONS, not no_headers))
        return
    rule = find_rule(code)
    if rule is None:
        raise InvalidInput(f"{code}: no rule has this code or name", "kubectl mtls rules lists them")
    session.answer(render_rule(rule, OBJECTIONS))
