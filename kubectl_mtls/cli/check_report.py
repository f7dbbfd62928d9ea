"""What does `check` say of a snapshot: which rules were asked, what they found, and what of it is set aside?"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from kubectl_mtls.cli.rule_choice import Asked
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.services import resolve_services
from kubectl_mtls.rules import expired_ignore, invalid_ignore
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.ignoring import ignores_by_ref
from kubectl_mtls.rules.judgement import Judgement, judge
from kubectl_mtls.rules.report import Report, set_aside
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

if TYPE_CHECKING:
    from kubectl_mtls.certs.policy import Policy


def view_of(snapshot: Snapshot, namespaces: tuple[str, ...] | None, now: datetime, policy: "Policy | None") -> View:
    """What rules see of these namespaces (None: of all)."""
    covered = None if namespaces is None else frozenset(namespaces)
    rows = resolve_services(snapshot)
    return View(snapshot, tuple(r for r in rows if covered is None or r.key[0] in covered), now, covered, policy=policy)


def findings_of(view: View, is_asked: Asked) -> tuple[Finding, ...]:
    """What the rules that were asked find, in no order."""
    return (*_judged(view, is_asked).findings, *_of_certificates(view, is_asked)[1])


def _judged(view: View, is_asked: Asked) -> Judgement:
    return judge(view, [(rule, one) for rule, one in CATALOGUE if is_asked(rule.code, rule.name)])


def report_of(view: View, entries: Sequence[Ignore], is_asked: Asked) -> Report:
    """The whole answer, without the threshold."""
    judgement = _judged(view, is_asked)
    of_entries = [*expired_ignore.check_entries(entries, view.now), *invalid_ignore.check_entries(entries)]
    certificate_rules, of_secrets = _of_certificates(view, is_asked)
    asked = [one for one in of_entries if is_asked(one.code, one.name)]
    findings = (*judgement.findings, *of_secrets, *asked)
    rules = (*_seeing(view, is_asked, findings), *certificate_rules)
    checked = set_aside(sorted(findings, key=lambda one: one.order), ignores_by_ref(view), entries, view.now)
    shapeless = tuple(gap for gap in view.snapshot.gaps if gap.kind is None)
    return Report(checked, judgement.unchecked, rules, Severity.ERROR, shapeless=shapeless)


def _seeing(view: View, is_asked: Asked, findings: Iterable[Finding]) -> Iterator[Rule]:
    """The rules that were asked: those about Secrets that nobody wanted to be read have not passed."""
    unread = [gap for gap in view.snapshot.gaps if gap.was_not_asked]
    found = {finding.code for finding in findings}
    for rule, _ in CATALOGUE:
        if is_asked(rule.code, rule.name) and (rule.code in found or not any(map(rule.blinded_by, unread))):
            yield rule


def _of_certificates(view: View, is_asked: Asked) -> tuple[list[Rule], list[Finding]]:
    """The rules of certificates, and what they find; none where no Secret was read."""
    if not view.snapshot.secrets:
        return [], []
    from kubectl_mtls.cli.secret_findings import secret_findings  # certs.inspection takes 0.1 s to import
    from kubectl_mtls.rules.certificate_problem import PROBLEM_RULES
    from kubectl_mtls.rules.policy_violation import POLICY_RULES
    from kubectl_mtls.rules.secret_catalogue import SECRET_CATALOGUE

    around = () if view.snapshot.live else tuple(rule for rule, _ in SECRET_CATALOGUE)
    rules = [*PROBLEM_RULES.values(), *around, *(POLICY_RULES.values() if view.policy else ())]
    findings = [one for one in secret_findings(view) if is_asked(one.code, one.name)]
    return [rule for rule in rules if is_asked(rule.code, rule.name)], findings
