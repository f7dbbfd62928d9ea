"""What does `status` say of a snapshot? Apart from the reading, so that all this is imported while that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_mtls.cli.label_selector import Matches
from kubectl_mtls.cli.secret_findings import secret_findings
from kubectl_mtls.cli.session import Session
from kubectl_mtls.cli.target import Target, find_target
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.choice import Choice, choose, concerned, is_troubled, unite
from kubectl_mtls.posture.expiry import Standing, State
from kubectl_mtls.posture.services import ServiceRow, resolve_services
from kubectl_mtls.posture.status import resolve_status
from kubectl_mtls.render.status_json import status_object
from kubectl_mtls.render.status_table import render_status
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.render.text import escape
from kubectl_mtls.rules.catalogue import CATALOGUE, OF_EXPIRY
from kubectl_mtls.rules.rule import View, judge


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: `namespaces` are those that were read (None: all), `default` those that bare names lie in.

    `is_narrowed`: by targets or labels, so that findings about other objects are left out. With `expiring_within`
    nothing is said but what ends in that time.
    """

    namespaces: tuple[str, ...] | None
    default: tuple[str, ...] | None
    targets: tuple[Target, ...]
    matches: Matches
    is_narrowed: bool
    problems: bool
    now: datetime
    expiring_within: timedelta | None = None


def answer(
    session: Session, snapshot: Snapshot, question: Question, output: str, *, show_headers: bool
) -> tuple[Sequence[Finding], bool]:
    """Write the answer; the findings in it, and whether a rule could not see all it reads.

    Raises InvalidInput for a target that is not there.
    """
    namespaces, targets, now = question.namespaces, question.targets, question.now
    rows = _rows_in(snapshot, namespaces)
    choice = _choose(snapshot, rows, question)
    shown = [row for row in choice.rows if _is_shown(row, question)]
    seen = Choice(tuple(row for row in choice.rows if question.matches(row.service.metadata.labels)), choice.ports)
    view = View(snapshot, rows, now, None if namespaces is None else frozenset(namespaces), question.expiring_within)
    judgement = judge(view, CATALOGUE)
    credentials = [one for one in view.standings if _is_credential_shown(one, question)]
    about = frozenset(one.ref for one in credentials)
    findings = [
        one
        for one in sorted((*judgement.findings, *secret_findings(view)), key=lambda one: one.order)
        if (not question.problems or one.severity is not Severity.INFO)
        and (not question.is_narrowed or one.object in about or _concerns(one, seen, targets))
        and (question.expiring_within is None or one.name in OF_EXPIRY)
    ]
    status = resolve_status(snapshot, shown, choice.ports, credentials, now)
    if not shown and not choice.ports and not any(gap.kind == kinds.SERVICE for gap in snapshot.gaps):
        session.tell(escape(_nothing_words(namespaces)))
    if output in ("json", "yaml"):
        session.answer(render_structured("Status", status_object(status, findings, now), output))
    else:
        session.answer(
            render_status(
                status,
                findings,
                now,
                wide=output == "wide",
                with_namespace=namespaces is None or len(namespaces) > 1,
                show_headers=show_headers,
            )
        )
    return findings, bool(judgement.unchecked)


def _nothing_words(namespaces: tuple[str, ...] | None) -> str:
    """What kubectl says of an empty list."""
    return "No resources found." if namespaces is None else f"No resources found in {', '.join(namespaces)} namespace."


def _rows_in(snapshot: Snapshot, namespaces: tuple[str, ...] | None) -> tuple[ServiceRow, ...]:
    rows = resolve_services(snapshot)
    return rows if namespaces is None else tuple(r for r in rows if r.service.metadata.namespace in namespaces)


def _choose(snapshot: Snapshot, rows: tuple[ServiceRow, ...], question: Question) -> Choice:
    if not question.targets:
        return Choice(rows)
    refs = [find_target(snapshot, target, question.default) for target in question.targets]
    return unite([choose(snapshot, rows, ref) for ref in refs])


def _concerns(finding: Finding, choice: Choice, targets: Sequence[Target]) -> bool:
    """Whether a finding is about what was asked for: what stands behind the rows, the named object, or the mesh."""
    ref = finding.object
    if ref is None or ref.kind in (kinds.CONFIG_MAP, kinds.NAMESPACE):
        return True
    return ref in concerned(choice) or any(one.kind == ref.kind and ref.name in one.name for one in targets)


def _is_credential_shown(standing: Standing, question: Question) -> bool:
    """Credentials belong to namespaces: where Services or workloads are asked for they are not meant."""
    is_of_namespace = all(target.kind == kinds.NAMESPACE for target in question.targets)
    if question.is_narrowed and not (question.targets and is_of_namespace):
        return False
    if question.expiring_within is not None and not standing.ends_within(question.expiring_within, question.now):
        return False
    return not question.problems or standing.state is not State.OK


def _is_shown(row: ServiceRow, question: Question) -> bool:
    return (
        question.expiring_within is None
        and question.matches(row.service.metadata.labels)
        and (not question.problems or is_troubled(row))
    )
