"""Who should keep the certificates that clients show outside of the mesh, and gateways to those who call them?"""

from collections.abc import Iterator

from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.credential.expiry import NOBODY_ASKS
from kubectl_mtls.posture.credential.standing import Standing, State
from kubectl_mtls.posture.credential.usage import Caveat, Purpose, Usage
from kubectl_mtls.posture.mesh.advice import Advice, Fact, Facts, Group, Reason, Way, renewals_per_year

_OFTEN, _SELDOM = 4, 0.5
"""From so many renewals a year on a hand is the wrong keeper; with fewer a controller is not worth it."""


def advise_outside(facts: Facts) -> tuple[Advice, ...]:
    """Every host that gets a client certificate, then every gateway; each Secret of it by itself."""
    has_issuer = bool(facts.snapshot.certificates) or any(one.kept_by for one in facts.standings)
    found: dict[tuple[Group, str, Ref], Advice] = {}
    for standing in facts.standings:
        for usage in standing.usages:
            for advice in _of_usage(facts, standing, usage, has_issuer):
                found.setdefault((advice.group, advice.name, standing.ref), advice)
    return tuple(sorted(found.values(), key=lambda one: (list(Group).index(one.group), one.name, str(one.secret))))


def _of_usage(facts: Facts, standing: Standing, usage: Usage, has_issuer: bool) -> Iterator[Advice]:
    if usage.caveat is Caveat.IGNORED_MODE:
        return
    if usage.purpose is Purpose.SERVER:
        yield _kept(standing, usage, usage.user.ref.full, has_issuer)
    if usage.purpose is Purpose.CLIENT:
        for host in usage.towards:
            is_inside = host in facts.meshed
            yield _to_service(standing, usage, host) if is_inside else _kept(standing, usage, host, has_issuer)


def _to_service(standing: Standing, usage: Usage, host: str) -> Advice:
    """A company's certificate towards a service of the mesh, whose sidecar wants one of the mesh's root."""
    return Advice(
        group=Group.EGRESS,
        name=host,
        now=_keeper(standing),
        best=Way.AUTOMATIC,
        reasons=(Reason(Fact.MUTUAL_INSIDE),),
        renewals=_renewals(standing),
        ends_first=standing.weakest.subject.short if standing.weakest else "",
        ends_at=standing.ends_at,
        secret=standing.ref,
        rule=usage.user.ref,
    )


def _kept(standing: Standing, usage: Usage, name: str, has_issuer: bool) -> Advice:
    is_client = usage.purpose is Purpose.CLIENT
    wants = Reason(Fact.CLIENT_CERTIFICATE if is_client else Fact.SERVER_CERTIFICATE, str(standing.ref))
    now = _keeper(standing)
    best, why = _best_keeper(standing, now, has_issuer=has_issuer)
    reasons = [wants, *why]
    if usage.caveat is Caveat.NO_SELECTOR:
        reasons.append(Reason(Fact.DROPPED, usage.user.ref.full))
    if standing.state in (State.BROKEN, State.MISSING, State.EXPIRED):
        reasons.append(Reason(Fact.UNSOUND, standing.state.value))
    return Advice(
        group=Group.EGRESS if is_client else Group.GATEWAY,
        name=name,
        now=now,
        best=best,
        reasons=tuple(reasons),
        renewals=_renewals(standing),
        ends_first=standing.weakest.subject.short if standing.weakest else "",
        ends_at=standing.ends_at,
        secret=standing.ref,
        rule=usage.user.ref,
    )


def _keeper(standing: Standing) -> Way:
    if standing.kept_by:
        return Way.KEPT
    return Way.BY_HAND if standing.inspection else Way.UNKNOWN


def _best_keeper(standing: Standing, now: Way, *, has_issuer: bool) -> tuple[Way, list[Reason]]:
    if now is Way.KEPT:
        return now, [Reason(Fact.KEEPER, standing.kept_by or "")]
    if now is Way.UNKNOWN:
        fact = Fact.NOBODY_ASKS if standing.reason == NOBODY_ASKS else Fact.NOT_READ
        return now, [Reason(fact, standing.reason)] if standing.state is State.UNKNOWN else []
    due = _renewals(standing) or 0.0
    reasons = [Reason(Fact.NO_KEEPER)]
    if due >= _OFTEN:
        return Way.KEPT, [*reasons, Reason(Fact.OFTEN_DUE)]
    if has_issuer and due >= _SELDOM:
        return Way.KEPT, [*reasons, Reason(Fact.ISSUER_AT_HAND)]
    return Way.BY_HAND, [*reasons, Reason(Fact.SELDOM_DUE), *([] if has_issuer else [Reason(Fact.NO_ISSUER)])]


def _renewals(standing: Standing) -> float | None:
    if standing.kept_by:
        return 0.0
    leaf = next(iter(standing.inspection.chain.presented), None) if standing.inspection else None
    return renewals_per_year(leaf) if leaf else None
