"""What is wrong with the certificates in the Secrets that were read."""

from collections.abc import Iterator

from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.cli.surroundings import istio_namespace_of
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.credential.dossier import resolve_dossier
from kubectl_mtls.rules.certificate_problem import check_inspection
from kubectl_mtls.rules.policy_violation import check_policy
from kubectl_mtls.rules.secret_catalogue import check_dossier
from kubectl_mtls.rules.view import View

_BY_USE = (ProblemCode.NO_CA, ProblemCode.ONE_ROLE_ONLY)
"""What matters for some uses only, and has rules that know the uses."""


def secret_findings(view: View) -> Iterator[Finding]:
    """What is found in every Secret that is asked about; companions as part of theirs.

    Files hold all that is around a Secret, or nobody knows better; of a cluster only inspect-secret reads so much.
    """
    istio_namespace = istio_namespace_of(view.snapshot, None)
    usages = {standing.ref: standing.usages for standing in view.standings}
    for ref, inspection in view.inspections.items():
        if view.covers(ref.namespace):
            is_used = bool(usages.get(ref))
            yield from (one for one in check_inspection(inspection) if not (is_used and one.name in _BY_USE))
            if not view.snapshot.live:
                yield from check_dossier(resolve_dossier(view.snapshot, inspection, view.now, istio_namespace))
            if view.policy:
                yield from check_policy(view.policy, inspection, usages.get(ref, ()), view.now)
