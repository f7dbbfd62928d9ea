"""What of a certificate Secret breaks the policy file that was given: each demand of the file has its code.

What breaks a policy is found in certs/violation; without `--policy` none of these rules is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.policy import Demand, Policy, Subject
from kubectl_mtls.certs.violation import Violation, violations_of
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.posture.credential.purposes import resolve_purposes
from kubectl_mtls.posture.credential.usage import Usage
from kubectl_mtls.rules.remedy import rotate
from kubectl_mtls.rules.rule import CREDENTIALS, Rule

_TEXTS: Mapping[Demand, tuple[str, str, Severity, str]] = {
    Demand.ISSUERS: ("MTLS350", "policy-issuer", Severity.ERROR, "Certificate from an issuer that is not allowed"),
    Demand.MAXIMUM_LIFETIME: (
        "MTLS351",
        "policy-lifetime",
        Severity.ERROR,
        "Certificate that was issued for longer than allowed",
    ),
    Demand.MINIMUM_LEFT: ("MTLS352", "policy-minimum-left", Severity.ERROR, "Less time left than a policy demands"),
    Demand.KEYS: ("MTLS353", "policy-key", Severity.ERROR, "Key of a type or size that is not allowed"),
    Demand.SIGNATURES: ("MTLS354", "policy-signature", Severity.ERROR, "Signature algorithm that is not allowed"),
    Demand.REQUIRED_NAMES: ("MTLS355", "policy-required-name", Severity.ERROR, "Name that a policy demands is missing"),
    Demand.FORBIDDEN_NAMES: ("MTLS356", "policy-forbidden-name", Severity.ERROR, "Name that a policy forbids"),
    Demand.WARNING_LEFT: ("MTLS357", "policy-warning-left", Severity.WARNING, "Less time left than a policy warns of"),
}


def _doc(demand: Demand, summary: str) -> str:
    return f"""{summary}.

What it checks

Field `{demand}` of the rules in the file of `--policy` (docs/policy.md), for the Secrets that they select. The
finding names the rule and the certificate.

Fix

Get a certificate that meets the policy from its issuer, then `rotate` the Secret.
"""


POLICY_RULES: Mapping[Demand, Rule] = {
    demand: Rule(code, name, severity, summary, (CREDENTIALS,), _doc(demand, summary))
    for demand, (code, name, severity, summary) in _TEXTS.items()
}


def check_policy(policy: Policy, inspection: Inspection, usages: Sequence[Usage], now: datetime) -> Iterator[Finding]:
    """One finding for every demand that the Secret does not meet."""
    subject = Subject(inspection, resolve_purposes(inspection, usages))
    for violation in violations_of(policy, subject, now):
        fix = rotate(inspection.ref) if inspection.ref.kind == SECRET else None
        message = f"{inspection.ref}: {violation.message}; {policy.path} says so in {violation.field}"
        yield POLICY_RULES[violation.demand].finding(
            inspection.secret.metadata, _field(inspection, violation), message, fix, severity=violation.severity
        )


def _field(inspection: Inspection, violation: Violation) -> str:
    found = next((one for one in inspection.certificates if one.certificate == violation.certificate), None)
    return f"data[{found.data_key}]" if found else ""
