"""What comes of asking all rules?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

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
    findings.sort(key=lambda one: one.order)
    gaps = [gap for gap in view.snapshot.gaps if gap.namespace is None or view.concerns(gap.namespace)]
    gaps = [gap for gap in gaps if not gap.was_not_asked]
    unchecked = tuple(Unchecked(rule, gap) for rule, _ in checks for gap in gaps if rule.blinded_by(gap))
    return Judgement(tuple(findings), unchecked)
