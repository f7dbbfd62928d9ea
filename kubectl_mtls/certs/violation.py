"""What of an inspected Secret breaks a policy? Every violation names the field of the policy's file that is broken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.name import Name
from kubectl_mtls.certs.policy import Demand, Policy, PolicyRule, Subject, fits
from kubectl_mtls.model.finding import Severity


@dataclass(frozen=True, slots=True)
class Violation:
    """One demand that is not met. `field` is that of the policy; `certificate` is what breaks it."""

    demand: Demand
    field: str
    message: str
    severity: Severity = Severity.ERROR
    certificate: Certificate | None = None


def violations_of(policy: Policy, subject: Subject, now: datetime) -> tuple[Violation, ...]:
    """Every demand of every rule that selects the Secret and is not met; nothing where no certificate can be read."""
    if not subject.own:
        return ()
    return tuple(
        violation
        for rule in policy.rules
        if rule.selects(subject)
        for violation in (
            *_of_issuers(rule, subject),
            *_of_time(rule, subject, now),
            *_of_algorithms(rule, subject),
            *_of_names(rule, subject),
        )
    )


def key_fits(allowed: str, key_type: str) -> bool:
    """Whether a key is of an allowed type; a number behind RSA is the least that is allowed."""
    kind, _, size = allowed.partition(" ")
    own_kind, _, own_size = key_type.partition(" ")
    if kind != own_kind or not size:
        return kind == own_kind
    return int(own_size) >= int(size) if kind == "RSA" else own_size == size


def _violation(
    rule: PolicyRule, demand: Demand, words: str, certificate: Certificate | None, severity: Severity = Severity.ERROR
) -> Violation:
    who = f'"{certificate.subject.short or certificate.serial}" ' if certificate else ""
    return Violation(demand, f"{rule.field}.{demand}", f"{who}{words} ({rule.name})", severity, certificate)


def _of_issuers(rule: PolicyRule, subject: Subject) -> Iterator[Violation]:
    """By the path that a handshake proved, where there is one; else by what the certificates claim."""
    if not rule.issuer_names and not rule.root_fingerprints:
        return
    if subject.leaf is None:
        refused = [one for one in subject.own if not _is_allowed(rule, (one,), one)]
        yield from (_violation(rule, Demand.ISSUERS, "is no CA that may be trusted", one) for one in refused)
        return
    path = subject.inspection.path
    above = path[1:] or path
    if path and _is_allowed(rule, above, path[-1]):
        return
    claimed = [one.issuer for one in subject.own]
    if not path and any(fits(name, text) for name in rule.issuer_names for one in claimed for text in _texts(one)):
        return
    found = f"leads to {path[-1].subject.short}" if path else f"says {subject.leaf.issuer.short}, and no path is proven"
    yield _violation(rule, Demand.ISSUERS, f"comes from no issuer that is allowed: it {found}", subject.leaf)


def _is_allowed(rule: PolicyRule, issuers: Sequence[Certificate], root: Certificate) -> bool:
    if root.sha256 in rule.root_fingerprints:
        return True
    texts = [text for one in issuers for text in _texts(one.subject)]
    return any(fits(name, text) for name in rule.issuer_names for text in texts)


def _texts(name: Name) -> tuple[str, str]:
    return name.text, name.short


def _of_time(rule: PolicyRule, subject: Subject, now: datetime) -> Iterator[Violation]:
    leaf = subject.leaf
    if leaf and rule.maximum_lifetime is not None:
        lifetime = leaf.not_after - leaf.not_before
        if lifetime > rule.maximum_lifetime:
            words = f"was issued for {_days(lifetime)}, more than {_days(rule.maximum_lifetime)}"
            yield _violation(rule, Demand.MAXIMUM_LIFETIME, words, leaf)
    weakest = weakest_link(subject.inspection.path or subject.own)
    left = weakest.not_after - now if weakest else timedelta.max
    for demand, least, severity in (
        (Demand.MINIMUM_LEFT, rule.minimum_left, Severity.ERROR),
        (Demand.WARNING_LEFT, rule.warning_left, Severity.WARNING),
    ):
        if least is not None and left < least:
            words = f"has {_days(left)} left, less than {_days(least)}" if left > timedelta(0) else "has ended"
            yield _violation(rule, demand, words, weakest, severity)
            return


def _days(span: timedelta) -> str:
    days, hours = span.days, span.seconds // 3600
    return f"{days} days" if days > 1 else f"{days * 24 + hours} hours"


def _of_algorithms(rule: PolicyRule, subject: Subject) -> Iterator[Violation]:
    for one in subject.own:
        if rule.keys and not any(key_fits(allowed, one.key_type) for allowed in rule.keys):
            yield _violation(rule, Demand.KEYS, f"has a key that is not allowed: {one.key_type}", one)
        signed = one.signature_algorithm
        if rule.signatures and not one.self_issued and not any(fits(allowed, signed) for allowed in rule.signatures):
            yield _violation(rule, Demand.SIGNATURES, f"has a signature that is not allowed: {signed}", one)


def _of_names(rule: PolicyRule, subject: Subject) -> Iterator[Violation]:
    leaf = subject.leaf
    if leaf is None:
        return
    for wanted in rule.required_names:
        if not any(fits(wanted, name) for name in leaf.sans):
            yield _violation(rule, Demand.REQUIRED_NAMES, f"has no name {wanted}", leaf)
    for name in leaf.sans:
        if any(fits(banned, name) for banned in rule.forbidden_names):
            yield _violation(rule, Demand.FORBIDDEN_NAMES, f"has the forbidden name {name}", leaf)
