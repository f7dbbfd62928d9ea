"""Running a plan: rehearse on the server, ask, write with the read resourceVersion, read back.

When an object changed between reading and writing (409), the plan is made again. Nothing is lost: a plan that comes out
the same goes on, another one is shown and not carried out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from kubectl_mtls.act.gate import Confirm
from kubectl_mtls.act.journal import Written, write_change, write_changes
from kubectl_mtls.act.verify import read_back
from kubectl_mtls.errors import Conflict, InvalidInput, Refused
from kubectl_mtls.kube.apply import ObjectWriter
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.change import Change, Plan

ATTEMPTS = 5


class DryRun(StrEnum):
    """kubectl's --dry-run."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about one object. `now` is what was read back; None for a dry run and a deleted object."""

    change: Change
    now: Manifest | None = field(default=None, repr=False)


class PlanChanged(Conflict):
    """Somebody changed something between plan and write, and the plan would be another one now: `plan`."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            "something changed between plan and write, so nothing was written; above is what the plan would be now",
            "run the command again",
        )
        self.plan = plan


def parse_dry_run(written: str) -> DryRun:
    """Raises InvalidInput in kubectl's words."""
    if written in list(DryRun):
        return DryRun(written)
    raise InvalidInput(f'Invalid dry-run value ({written}). Must be "none", "server", or "client".')


def apply_plan(
    plan: Plan, writer: ObjectWriter, *, replan: Callable[[], Plan], confirm: Confirm, dry_run: DryRun = DryRun.NONE
) -> tuple[Done, ...]:
    """Carry a plan out. `confirm` is asked once, after the rehearsal; `replan` makes the plan from what is there now.

    Raises PlanChanged, and what the writer raises: Rejected in the words of the API server, Forbidden with the missing
    rule, Conflict when the object changes faster than we can plan.
    """
    if dry_run is DryRun.CLIENT:
        return tuple(Done(change) for change in plan.changes)
    asked = False
    for attempt in range(ATTEMPTS):
        try:
            for change in plan.changes:
                write_change(change, writer, dry_run=True)
            if dry_run is DryRun.SERVER:
                return tuple(Done(change) for change in plan.changes)
            if not asked:
                confirm(plan)
                asked = True
            return _read_back(write_changes(plan.changes, writer), writer)
        except Conflict as conflict:
            if attempt == ATTEMPTS - 1 or isinstance(conflict, _NotAsWritten):
                raise
            plan = _plan_again(plan, replan)
    raise AssertionError("unreachable")


class _NotAsWritten(Conflict):
    """Written, but something else is there now: planning again would fight whoever did that."""


def _read_back(written: tuple[Written, ...], writer: ObjectWriter) -> tuple[Done, ...]:
    try:
        return tuple(Done(one.change, read_back(one, writer)) for one in written)
    except Conflict as conflict:
        raise _NotAsWritten(conflict.message, conflict.hint) from None


def _plan_again(plan: Plan, replan: Callable[[], Plan]) -> Plan:
    try:
        again = replan()
    except (InvalidInput, Refused) as error:
        raise Conflict(f"something changed between plan and write, so nothing was written: {error.message}") from None
    if not again.is_same_as(plan):
        raise PlanChanged(again)
    return again
