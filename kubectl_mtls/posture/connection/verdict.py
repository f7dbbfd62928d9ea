"""What a connection is in the end, as a value: a verdict, and what it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.posture.connection.fault import Fault, Proviso, UnknownBy


class Verdict(StrEnum):
    """What a connection is in the end."""

    MTLS = "mTLS"
    TLS = "TLS"
    PLAINTEXT = "PLAINTEXT"
    MIXED = "MIXED"
    FAILS = "FAILS"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with what it rests on: `fault` where it FAILS, `unknown` where it is UNKNOWN, `proviso` else."""

    verdict: Verdict
    fault: Fault | None = None
    proviso: Proviso | None = None
    unknown: UnknownBy | None = None


def fails(fault: Fault, proviso: Proviso | None = None) -> Outcome:
    """The connection does not come about."""
    return Outcome(Verdict.FAILS, fault=fault, proviso=proviso)


def unknown(why: UnknownBy) -> Outcome:
    """No object says what becomes of it."""
    return Outcome(Verdict.UNKNOWN, unknown=why)


PLAINTEXT, MTLS, TLS = Outcome(Verdict.PLAINTEXT), Outcome(Verdict.MTLS), Outcome(Verdict.TLS)


def aggregate(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a whole: what all agree on; not knowing one part is not knowing, unless others fail."""
    found = set(verdicts)
    if len(found) == 1:
        return found.pop()
    if not found or (Verdict.UNKNOWN in found and Verdict.FAILS not in found):
        return Verdict.UNKNOWN
    return Verdict.MIXED
