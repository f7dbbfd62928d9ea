"""What does `status` say of a snapshot? Apart from the reading, so that all this is imported while that goes on."""

from collections.abc import Sequence
from dataclasses import replace

from kubectl_mtls.cli.secret_findings import secret_findings
from kubectl_mtls.cli.session import Session
from kubectl_mtls.cli.status_advice import resolve_advice
from kubectl_mtls.cli.status_shown import Question, choose_rows, resolve_shown
from kubectl_mtls.cli.target import Target
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.mesh.status import Shown, resolve_status
from kubectl_mtls.posture.server.choice import Choice, concerned
from kubectl_mtls.posture.server.services import ServiceRow, resolve_services
from kubectl_mtls.render.prometheus import render_prometheus
from kubectl_mtls.render.status_json import status_object
from kubectl_mtls.render.status_table import render_status
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.render.text import escape
from kubectl_mtls.rules.catalogue import CATALOGUE, OF_EXPIRY
from kubectl_mtls.rules.judgement import judge
from kubectl_mtls.rules.view import View


def answer(
    session: Session, snapshot: Snapshot, question: Question, output: str, *, show_headers: bool
) -> tuple[Sequence[Finding], bool]:
    """Write the answer; the findings in it, and whether a rule could not see all it reads.

    Raises InvalidInput for a target that is not there.
    """
    namespaces, targets, now = question.namespaces, question.targets, question.now
    rows = _rows_in(snapshot, namespaces)
    view = View(
        snapshot,
        rows,
        now,
        None if namespaces is None else frozenset(namespaces),
        question.expiring_within,
        question.policy,
    )
    choice = choose_rows(view, question)
    shown = resolve_shown(view, choice, question)
    seen = Choice(tuple(row for row in choice.rows if question.matches(row.service.metadata.labels)), choice.ports)
    judgement = judge(view, CATALOGUE)
    about = {*(one.ref for one in shown.credentials), *_rules_of(shown)}
    findings = [
        one
        for one in sorted((*judgement.findings, *secret_findings(view)), key=lambda one: one.order)
        if (not question.problems or one.severity is not Severity.INFO)
        and (not question.is_narrowed or one.object in about or _concerns(one, seen, targets))
        and (question.expiring_within is None or one.name in OF_EXPIRY)
    ]
    status = resolve_status(snapshot, shown, now)
    if question.advice:
        status = replace(status, advice=resolve_advice(view, status))
    elif question.expiring_within is None and not _shows_something(snapshot, shown):
        session.tell(escape(_nothing_words(namespaces)))
    if output in ("json", "yaml"):
        session.answer(render_structured("Status", status_object(status, findings, now), output))
    elif output == "prometheus":
        session.answer(render_prometheus(status, findings, now))
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


def _shows_something(snapshot: Snapshot, shown: Shown) -> bool:
    """Whether there is a row, or one may hide."""
    is_hidden = any(gap.kind == kinds.SERVICE for gap in snapshot.gaps)
    return bool(shown.services or shown.egress or shown.credentials or shown.ports) or is_hidden


def _nothing_words(namespaces: tuple[str, ...] | None) -> str:
    """What kubectl says of an empty list."""
    return "No resources found." if namespaces is None else f"No resources found in {', '.join(namespaces)} namespace."


def _rows_in(snapshot: Snapshot, namespaces: tuple[str, ...] | None) -> tuple[ServiceRow, ...]:
    rows = resolve_services(snapshot)
    return rows if namespaces is None else tuple(r for r in rows if r.service.metadata.namespace in namespaces)


def _rules_of(shown: Shown) -> set[Ref]:
    """The DestinationRules that say what the clients of the rows send."""
    callers = (caller for one in shown.services for caller in one.clients)
    return {
        rule.metadata.ref
        for caller in callers
        if caller.connection.cluster and caller.connection.cluster.rule
        for rule in caller.connection.cluster.rule.rules
    }


def _concerns(finding: Finding, choice: Choice, targets: Sequence[Target]) -> bool:
    """Whether a finding is about what was asked for: what stands behind the rows, the named object, or the mesh."""
    ref = finding.object
    if ref is None or ref.kind in (kinds.CONFIG_MAP, kinds.NAMESPACE):
        return True
    return ref in concerned(choice) or any(one.kind == ref.kind and ref.name in one.name for one in targets)
