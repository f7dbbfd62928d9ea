"""Which findings somebody does not want to see, why, and until when: the annotation, and what both ways have in common.

`kubectl-mtls/ignore: "MTLS104: reason; MTLS108 until 2027-01-31: reason"` on the object that a finding is about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.ref import Ref

IGNORE_ANNOTATION = "kubectl-mtls/ignore"
_WORD = re.compile(r"MTLS[1-9]\d{0,2}|[a-z]+(-[a-z]+)*", re.IGNORECASE)
_PART = re.compile(r"(?P<code>[^\s:]*)(\s+until\s+(?P<until>[^\s:]*))?\s*(:\s*(?P<reason>.*))?", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class IgnoredObject:
    """The objects that an entry of an ignore file means; `name` may end in the namespace: `default.shop`."""

    kind: Kind
    name: str
    namespace: str | None = None

    def matches(self, ref: Ref | None) -> bool:
        """Whether it means this object; without a namespace that of any."""
        if ref is None or ref.kind != self.kind or self.namespace not in (None, ref.namespace):
            return False
        return self.name == ref.name or (self.namespace is None and self.name == f"{ref.name}.{ref.namespace}")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One wish to ignore. `code` is a code, the beginning of one (MTLS1), or a name.

    `until` is the end of the last day on which it counts, None for ever. `problem` says why it does not count.
    `object` only in an ignore file, where None means every object.
    """

    code: str
    reason: str = ""
    until: datetime | None = None
    problem: str | None = None
    object: IgnoredObject | None = None
    origin: Origin | None = None

    def counts(self, now: datetime) -> bool:
        """Whether findings may be set aside for it."""
        return self.problem is None and not self.has_expired(now)

    def has_expired(self, now: datetime) -> bool:
        """Whether its last day is over."""
        return self.until is not None and now >= self.until

    @property
    def last_day(self) -> str | None:
        """The last day on which it counts, as it is written; None for ever."""
        return f"{self.until - timedelta(days=1):%Y-%m-%d}" if self.until else None

    def covers(self, code: str, name: str) -> bool:
        """Whether it speaks of this rule."""
        return matches_rule(self.code, code, name)


def matches_rule(word: str, code: str, name: str) -> bool:
    """Whether a word means a rule: its code, the beginning of its code from the first digit on, or its name."""
    return code.startswith(word.upper()) if word.upper().startswith("MTLS") else name == word.lower()


def make_ignore(
    code: str, reason: str, until: str | None, object: IgnoredObject | None = None, origin: Origin | None = None
) -> Ignore:
    """An ignore with its problem, where it has one."""
    code, reason = code.strip(), reason.strip()
    day = None if until is None else _end_of(until.strip())
    problem = None
    if not _WORD.fullmatch(code):
        problem = f"{code[:40]!r} is neither a code nor the name of a rule"
    elif until is not None and day is None:
        problem = f"{until.strip()[:40]!r} should be a day such as 2027-01-31"
    elif not reason:
        problem = "it gives no reason"
    return Ignore(code, reason, day, problem, object, origin)


def parse_ignores(written: str) -> Iterator[Ignore]:
    """The value of the annotation: `CODE [until DAY]: REASON`, several of them with semicolons between."""
    for part in written.split(";"):
        if not part.strip():
            continue
        found = _PART.fullmatch(part.strip())
        if found is None:
            problem = f"{part.strip()[:40]!r} should read CODE: REASON, or CODE until DAY: REASON"
            yield Ignore(part.split()[0], problem=problem)
        else:
            yield make_ignore(found["code"], found["reason"] or "", found["until"])


def _end_of(day: str) -> datetime | None:
    try:
        start = datetime.combine(datetime.fromisoformat(day), time(), UTC) if _DAY.fullmatch(day) else None
        return start and start + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
