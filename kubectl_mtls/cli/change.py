"""What every command that changes something has in common: show the plan, ask, carry it out, say what was done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.act.apply import Done, DryRun, PlanChanged, apply_plan, parse_dry_run
from kubectl_mtls.act.gate import demand_accepted, parse_accepted
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.errors import Refused
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.manifest import printable_manifests
from kubectl_mtls.render.plan_json import PLAN, plan_object
from kubectl_mtls.render.plan_text import render_plan
from kubectl_mtls.render.structured import render_object, render_structured

PLAN_FORMATS = ("plan-yaml", "plan-json")
_SUFFIX = {DryRun.NONE: "", DryRun.CLIENT: " (dry run)", DryRun.SERVER: " (server dry run)"}


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to on the command line.

    `output` is text, yaml or json (the changed objects), plan-yaml or plan-json (what follows from the change); all but
    text only print. `write` changes files instead of printing what would.
    """

    accepted: frozenset[str]
    yes: bool
    dry_run: DryRun
    output: str
    write: bool = False


def parse_consent(accept: list[str] | None, yes: bool, dry_run: str, output: str, *more: str) -> Consent:
    """`more` are formats that only this command has. Raises InvalidInput."""
    check_format(output, "text", "yaml", "json", *more)
    return Consent(parse_accepted(accept or ()), yes, parse_dry_run(dry_run), output)


def carry_out(scope: Scope, plan_now: Callable[[], Plan], consent: Consent) -> tuple[Done, ...]:
    """Plan, show, and write what was agreed to; nothing is written for files and for -o yaml.

    Raises Refused and what `apply_plan` raises.
    """
    now = scope.session.clock()
    plan = plan_now()
    prints = consent.output != "text" or not (scope.live or consent.write)
    show = scope.session.stderr.write if prints else scope.session.answer
    show(render_plan(plan, consent.accepted, now))
    if consent.output in PLAN_FORMATS:
        answer = plan_object(plan, consent.accepted)
        scope.session.answer(render_structured(PLAN, answer, consent.output.removeprefix("plan-")))
        demand_accepted(plan, consent.accepted)
        return ()
    demand_accepted(plan, consent.accepted)
    if prints:
        if scope.live and consent.dry_run is DryRun.SERVER:
            _rehearse(scope, plan, plan_now)
        print_manifests(scope, plan.changes, consent.output)
        return ()
    if plan.is_nothing:
        return ()
    if not scope.live:
        _write_files(scope, plan, consent)
        return ()
    return _write(scope, plan, plan_now, consent, now)


def _rehearse(scope: Scope, plan: Plan, plan_now: Callable[[], Plan]) -> None:
    """What the API server says to the plan, admission included. Raises what `apply_plan` raises."""
    from kubectl_mtls.kube.apply import ObjectWriter

    try:
        apply_plan(plan, ObjectWriter(scope.api), replan=plan_now, confirm=lambda _: None, dry_run=DryRun.SERVER)
    finally:
        scope.tell_warnings()


def print_manifests(scope: Scope, changes: tuple[Change, ...], output: str) -> None:
    """The changed objects on standard output: YAML documents, or JSON (a List where there are several)."""
    manifests = list(printable_manifests(changes))
    if output == "json":
        several = {"apiVersion": "v1", "kind": "List", "items": manifests}
        scope.session.answer(render_object(manifests[0] if len(manifests) == 1 else several, "json"))
    else:
        scope.session.answer("---\n".join(render_object(manifest, "yaml") for manifest in manifests))
    scope.session.tell("nothing was written")


def _write(scope: Scope, plan: Plan, plan_now: Callable[[], Plan], consent: Consent, now: datetime) -> tuple[Done, ...]:
    from kubectl_mtls.kube.apply import ObjectWriter

    def confirm(asked: Plan) -> None:
        scope.tell_warnings()  # of the rehearsal: who says yes has heard them
        _confirm(scope, asked, consent)

    writer = ObjectWriter(scope.api)
    try:
        done = apply_plan(plan, writer, replan=plan_now, confirm=confirm, dry_run=consent.dry_run)
    except PlanChanged as changed:
        scope.session.answer(render_plan(changed.plan, consent.accepted, now))
        raise
    finally:
        scope.tell_warnings()
    for one in done:
        if not one.change.bookkeeping:
            scope.session.answer(_message(one, consent.dry_run))
    if consent.dry_run is DryRun.NONE:
        scope.session.tell("verified: it reads back as written")
        if plan.undo:
            scope.session.tell(f"undo: kubectl mtls {plan.undo}")
    return done


def _write_files(scope: Scope, plan: Plan, consent: Consent) -> None:
    from kubectl_mtls.act.write_files import write_files

    if consent.dry_run is DryRun.NONE:
        _confirm(scope, plan, consent)
    for path, ref in write_files(plan, scope.files, dry_run=consent.dry_run is not DryRun.NONE):
        scope.session.answer(f"{path}: {ref} changed{_SUFFIX[consent.dry_run]}\n")


def _message(done: Done, dry_run: DryRun) -> str:
    ref = done.change.ref
    return f"{ref.kind.qualified}/{ref.name} {done.change.verb}{_SUFFIX[dry_run]}\n"


def _confirm(scope: Scope, plan: Plan, consent: Consent) -> None:
    """Ask a person. Raises Refused without a yes."""
    session = scope.session
    if consent.yes:
        return
    if not session.interactive:
        raise Refused("nothing was written: there is no terminal to ask on", "--yes writes without asking")
    kept = f" The old version is kept as secret/{plan.kept_as}." if plan.kept_as else ""
    session.stderr.write(f"Write this?{kept} [y/N] ")
    session.stderr.flush()
    if session.stdin.readline().strip().lower() not in (b"y", b"yes"):
        raise Refused("nothing was written: the answer was not yes")
