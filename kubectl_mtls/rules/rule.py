"""What a rule is, what it sees, and what comes of asking all of them.

A rule's module holds its documentation (docstring), `RULE` and `check(view)`. Rules do not filter, sort, print, look at
the clock or call each other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.services import ServiceRow


@dataclass(frozen=True, slots=True)
class View:
    """What rules look at.

    `namespaces` None means the whole mesh; else only pods, Services and EndpointSlices of these namespaces were read,
    while policies were read everywhere.
    """

    snapshot: Snapshot
    rows: tuple[ServiceRow, ...]
    now: datetime
    namespaces: frozenset[str] | None = None

    def covers(self, namespace: str) -> bool:
        """Whether the pods and Services of this namespace were read."""
        return self.namespaces is None or namespace in self.namespaces


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `name` names the fault and reads well after "allow"; without the kinds of `reads` it is blind."""

    code: str
    name: str
    severity: Severity
    summary: str
    reads: tuple[Kind, ...]

    def finding(
        self,
        metadata: Metadata | None,
        field: str,
        message: str,
        fix: str | None = None,
        *,
        severity: Severity | None = None,
        ref: Ref | None = None,
    ) -> Finding:
        """A finding of this rule about a field of an object, with the field's place and last change."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            object=metadata.ref if metadata else ref,
            field=field,
            message=message,
            fix=fix,
            changed=metadata.changed(field) if metadata and field else None,
            origin=metadata.origin if metadata else None,
        )


Check = Callable[[View], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that could not see all it reads, and why."""

    rule: Rule
    gap: Gap


@dataclass(frozen=True, slots=True)
class Judgement:
    """Findings, worst first, and the rules that were partly blind."""

    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]


def judge(view: View, checks: Sequence[tuple[Rule, Check]]) -> Judgement:
    """Ask every rule."""
    findings = [finding for _, check in checks for finding in check(view)]
    findings.sort(key=lambda one: (one.severity.rank, one.code, one.object.full if one.object else "", one.field))
    unchecked = tuple(
        Unchecked(rule, gap) for rule, _ in checks for gap in view.snapshot.gaps if gap.kind in rule.reads
    )
    return Judgement(tuple(findings), unchecked)
