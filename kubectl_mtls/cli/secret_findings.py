"""What is wrong with the certificates in the Secrets that were read."""

from collections.abc import Iterator

from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.rules.certificate_problem import check_inspection
from kubectl_mtls.rules.policy_violation import check_policy
from kubectl_mtls.rules.rule import View

_BY_USE = (ProblemCode.NO_CA, ProblemCode.ONE_ROLE_ONLY)
"""What matters for some uses only, and has rules that know the uses."""


def secret_findings(view: View) -> Iterator[Finding]:
    """What is found in every Secret that is asked about; companions as part of theirs."""
    usages = {standing.ref: standing.usages for standing in view.standings}
    for ref, inspection in view.inspections.items():
        if view.covers(ref.namespace):
            is_used = bool(usages.get(ref))
            yield from (one for one in check_inspection(inspection) if not (is_used and one.name in _BY_USE))
            if view.policy:
                yield from check_policy(view.policy, inspection, usages.get(ref, ()), view.now)
