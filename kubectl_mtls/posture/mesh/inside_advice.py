"""Who should sign the certificates inside the mesh: istiod by itself, or a company's CA under it?

MUTUAL is no answer there: a sidecar wants certificates of the mesh's own root.
"""

from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.policy import Demand, Subject
from kubectl_mtls.certs.violation import violations_of
from kubectl_mtls.posture.mesh.advice import Advice, Fact, Facts, Group, Reason, Way, renewals_per_year
from kubectl_mtls.posture.mesh.authority import Authority, AuthorityKind


def advise_inside(facts: Facts) -> Advice:
    """The mesh's CA as it is, and as it should be."""
    authority = facts.authority
    now = _way_of(authority)
    best, reasons = _best_inside(facts, now)
    reasons += [Reason(Fact.WITHOUT_PROXY, ", ".join(facts.naked))] if facts.naked else []
    first = weakest_link((*authority.chain, *facts.roots.certificates))
    return Advice(
        group=Group.INSIDE,
        name="",
        now=now,
        best=best,
        reasons=tuple(reasons),
        renewals=_renewals_inside(authority),
        ends_first=first.subject.short if first else "",
        ends_at=first.not_after if first else None,
    )


def _way_of(authority: Authority) -> Way:
    match authority.kind:
        case AuthorityKind.UNKNOWN:
            return Way.UNKNOWN
        case AuthorityKind.SELF_SIGNED:
            return Way.AUTOMATIC
    return Way.COMPANY_CA


def _best_inside(facts: Facts, now: Way) -> tuple[Way, list[Reason]]:
    """istiod's own CA, unless a policy asks for issuers that it is not among; a company's CA is never taken away."""
    authority = facts.authority
    if now is Way.UNKNOWN:
        return Way.UNKNOWN, [Reason(Fact.CA_NOT_KNOWN)]
    signs = Fact.ISTIOD_SIGNS if now is Way.AUTOMATIC else Fact.COMPANY_SIGNS
    reasons = [Reason(signs, authority.kind.value)]
    verdict = _by_policy(facts)
    if verdict is not None:
        reasons.append(Reason(verdict, facts.policy.path if facts.policy else ""))
    elif authority.inspection is None and now is Way.COMPANY_CA:
        reasons.append(Reason(Fact.CA_NOT_READ))
    return (Way.COMPANY_CA if verdict is Fact.POLICY_REFUSES else now), reasons


def _by_policy(facts: Facts) -> Fact | None:
    """What the policy's issuers say of the mesh's CA: by its Secret where that was read, else by the roots in use."""
    policy, inspection = facts.policy, facts.authority.inspection
    rules = [rule for rule in policy.rules if rule.issuer_names or rule.root_fingerprints] if policy else []
    rules = [rule for rule in rules if "signing" in rule.purposes]
    if not rules or policy is None:
        return None
    if inspection is not None:
        found = violations_of(policy, Subject(inspection, frozenset({"signing"})), facts.now)
        is_refused = any(one.demand is Demand.ISSUERS for one in found)
    elif facts.roots.certificates:
        allowed = {one for rule in rules for one in rule.root_fingerprints}
        is_refused = not any(root.sha256 in allowed for root in facts.roots.certificates)
    else:
        return None
    return Fact.POLICY_REFUSES if is_refused else Fact.POLICY_ALLOWS


def _renewals_inside(authority: Authority) -> float | None:
    """istiod renews workloads by itself, and its own root; an intermediate is brought by hand."""
    if authority.kind is AuthorityKind.SELF_SIGNED:
        return 0.0
    if authority.kind is not AuthorityKind.PLUGGED_IN:
        return None
    return renewals_per_year(authority.intermediate) if authority.intermediate else None
