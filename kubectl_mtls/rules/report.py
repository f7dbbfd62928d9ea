"""What `check` answers: findings, each as it counts, and what nobody could look at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.change.difference import Difference
from kubectl_mtls.rules.ignoring import find_ignore
from kubectl_mtls.rules.judgement import Unchecked
from kubectl_mtls.rules.rule import Rule


class State(StrEnum):
    """What applying files would do to a finding of the cluster."""

    NEW = "new"
    STILL_THERE = "still there"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Checked:
    """One finding. `state` None where nothing is compared, `ignored` is what it is set aside for."""

    finding: Finding
    state: State | None = None
    ignored: Ignore | None = None

    @property
    def counts(self) -> bool:
        """Whether it may make the answer a no: it is not set aside, and nothing that was there before."""
        return self.ignored is None and self.state in (None, State.NEW)


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer. `rules` are those that were asked, `threshold` is where a finding that counts fails.

    `shapeless` are the parts of files that could be anything, so that no rule can say that they do not matter.
    `difference` is what files that are held against a cluster would do to its connections.
    """

    checked: tuple[Checked, ...]
    unchecked: tuple[Unchecked, ...]
    rules: tuple[Rule, ...]
    threshold: Severity
    allow_gaps: bool = False
    shapeless: tuple[Gap, ...] = ()
    difference: Difference | None = None

    @property
    def counting(self) -> tuple[Finding, ...]:
        """The findings that decide."""
        return tuple(one.finding for one in self.checked if one.counts)

    @property
    def is_blind(self) -> bool:
        """Whether a gap stands in the way of a yes."""
        return bool(self.gaps) and not self.allow_gaps

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be looked at, each once."""
        return tuple(dict.fromkeys((*self.shapeless, *(one.gap for one in self.unchecked))))

    def fails(self, one: Checked) -> bool:
        """Whether this finding makes the answer a no."""
        return one.counts and one.finding.severity.rank <= self.threshold.rank


def set_aside(
    findings: Iterable[Finding], by_ref: Mapping[Ref, Sequence[Ignore]], entries: Sequence[Ignore], now: datetime
) -> tuple[Checked, ...]:
    """The findings with what they are ignored for."""
    return tuple(Checked(one, ignored=find_ignore(one, by_ref, entries, now)) for one in findings)


def compare(before: Iterable[Finding], after: Iterable[Checked]) -> Iterator[Checked]:
    """Each finding of both: new, still there (as bad as it was, or less), or gone. In the order of `after`.

    Findings are the same by code, object and field: a message may name other numbers than before.
    """
    known: dict[tuple[object, ...], list[Finding]] = {}
    for finding in before:
        known.setdefault(_key(finding), []).append(finding)
    for one in after:
        same = known.get(_key(one.finding), [])
        old = same.pop(0) if same else None
        worse = old is None or one.finding.severity.rank < old.severity.rank
        yield Checked(one.finding, State.NEW if worse else State.STILL_THERE, one.ignored)
    yield from (Checked(finding, State.GONE) for left in known.values() for finding in left)


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.object, finding.field
