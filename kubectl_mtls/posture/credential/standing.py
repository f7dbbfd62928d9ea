"""In which state is one Secret that proxies are told to use: sound, ending soon, expired, broken?

A chain lasts as long as the first of its certificates that ends (cert-manager#2478): the leaf may be fresh.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.cert_manager import ManagedCertificate
from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.credential.demands import lacks_ca, lacks_role
from kubectl_mtls.posture.credential.margin import resolve_margin
from kubectl_mtls.posture.credential.usage import Usage

_OF_DATES = (ProblemCode.EXPIRED, ProblemCode.NOT_YET_VALID, ProblemCode.WARNED_ABOUT)


class State(StrEnum):
    """In which state a credential is; the worst comes first."""

    EXPIRED = "expired"
    MISSING = "missing"
    BROKEN = "broken"
    EXPIRING = "expiring"
    UNKNOWN = "unknown"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Standing:
    """One Secret that something names. `reason` says what is broken, or why nothing is known.

    `weakest` is the certificate that ends first of those that a handshake needs, None where none could be read.
    `gap` is what hides the Secret; `kept_as` is the Certificate of cert-manager that keeps it, which tells its end even
    then.
    """

    ref: Ref
    usages: tuple[Usage, ...]
    state: State
    reason: str = ""
    weakest: Certificate | None = None
    inspection: Inspection | None = None
    gap: Gap | None = None
    kept_as: ManagedCertificate | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When connections with it begin to fail; of an unread Secret when its leaf ends."""
        if self.weakest:
            return self.weakest.not_after
        return self.kept_as.ends_at if self.kept_as and self.gap else None

    @property
    def kept_by(self) -> str | None:
        """What renews it, as far as anybody says so."""
        if self.inspection and (keeper := self.inspection.secret.kept_by):
            return keeper
        return f"{self.kept_as.metadata.ref} (cert-manager)" if self.kept_as else None

    def ends_within(self, span: timedelta, now: datetime) -> bool:
        """Whether it ends in that time, or has ended; what is not known may."""
        return self.state is State.UNKNOWN or (self.ends_at is not None and self.ends_at - now < span)


def judge_credential(
    inspection: Inspection, usages: tuple[Usage, ...], now: datetime, asked: timedelta | None
) -> Standing:
    """How a Secret stands that was read, given its uses. `asked`: what ends sooner than that is EXPIRING."""
    weakest = weakest_link(tuple(_links(inspection, now)))
    state, reason = _state(inspection, weakest, now, asked)
    if state in (State.OK, State.EXPIRING) and (lack := next(_lacks(inspection, usages), "")):
        state, reason = State.BROKEN, lack
    return Standing(inspection.ref, usages, state, reason, weakest, inspection)


def _lacks(inspection: Inspection, usages: tuple[Usage, ...]) -> Iterator[str]:
    """What the uses demand and the Secret does not have."""
    for usage in usages:
        if lacks_ca(inspection, usage):
            yield "no CA for MUTUAL"
        if reason := lacks_role(inspection, usage):
            yield f"as {usage.purpose}, {reason}"


def _links(inspection: Inspection, now: datetime) -> Iterator[Certificate]:
    """What a handshake needs: the path; where there is none, the chain from the leaf upwards.

    Of anchors that stand for themselves those that have not ended, as long as there are any.
    """
    chain = inspection.chain
    yield from inspection.path or (chain.presented[index] for index in chain.order)
    if not chain.presented:
        anchors = chain.anchors or tuple(found.certificate for found in inspection.bundle)
        yield from [one for one in anchors if one.not_after > now] or anchors


def _state(
    inspection: Inspection, weakest: Certificate | None, now: datetime, asked: timedelta | None
) -> tuple[State, str]:
    errors = [problem for problem in inspection.problems if problem.severity is Severity.ERROR]
    if weakest and weakest.not_after <= now:
        return State.EXPIRED, ""
    if broken := next((one for one in errors if one.code not in _OF_DATES), None):
        return State.BROKEN, broken.message
    if errors:
        dated = next((one for one in errors if one.code is not ProblemCode.WARNED_ABOUT), errors[0])
        return (State.EXPIRED if dated.code is ProblemCode.EXPIRED else State.BROKEN), dated.message
    renews_itself = inspection.secret.kept_by is not None
    if weakest and resolve_margin(weakest, renews_itself=renews_itself, asked=asked).is_near(weakest.not_after, now):
        return State.EXPIRING, ""
    return State.OK, ""
