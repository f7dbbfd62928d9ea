"""What is wrong with the certificates in the Secrets that were read."""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.rules.certificate_problem import check_inspection
from kubectl_mtls.rules.rule import View


def secret_findings(view: View) -> Iterator[Finding]:
    """What is found in every Secret that is asked about; companions as part of theirs."""
    for ref, inspection in view.inspections.items():
        if view.covers(ref.namespace):
            yield from check_inspection(inspection)
