"""Reports with hostile text in every place that others write."""

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.ignore import make_ignore
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD
from kubectl_mtls.model.origin import ApiOrigin, FileOrigin
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.judgement import Unchecked
from kubectl_mtls.rules.report import Checked, Report, State

HOSTILE = "100% \x1b[31mred\r\n::error::x, <&\"'> [a](http://b) {0} \ud800\ufffe\u202e ]]> é"
RULES = tuple(rule for rule, _ in CATALOGUE)


def finding(severity: Severity = Severity.ERROR, **fields: object) -> Finding:
    """One of MTLS102 about a policy in a file, at line 7 of its field."""
    rule = RULES[1]
    origin = FileOrigin("policies/a b,c:d%.yaml", 3, {"spec.mtls.mode": 7})
    values = {"message": "peerauthentication/cart says so", "fix": "mend it", "origin": origin, **fields}
    ref = values.pop("object", Ref(PEER_AUTHENTICATION, "shop", "cart"))
    return Finding(rule.code, rule.name, severity, ref, "spec.mtls.mode", **values)  # type: ignore[arg-type]


def gap(detail: str = "may not list pods", kind: object = POD) -> Gap:
    return Gap(kind, "shop", None, GapReason.FORBIDDEN, detail)  # type: ignore[arg-type]


def report(*checked: Checked, gaps: tuple[Gap, ...] = (), allow_gaps: bool = False) -> Report:
    unchecked = tuple(Unchecked(RULES[0], one) for one in gaps)
    return Report(checked, unchecked, RULES, Severity.ERROR, allow_gaps)


IGNORE = make_ignore("MTLS102", f"because {HOSTILE}", "2027-01-31", origin=FileOrigin("ignore.yaml", 2))
EVERYTHING = report(
    Checked(finding()),
    Checked(finding(Severity.WARNING, message=HOSTILE, fix=HOSTILE)),
    Checked(finding(Severity.INFO, origin=ApiOrigin(), object=None)),
    Checked(finding(origin=FileOrigin("-", 1))),
    Checked(finding(origin=FileOrigin("/srv/\udcff\n.yaml", 1))),
    Checked(finding(object=Ref(PEER_AUTHENTICATION, "shop", HOSTILE)), ignored=IGNORE),
    *(Checked(finding(), state) for state in State),
    gaps=(gap(), gap(HOSTILE)),
)
