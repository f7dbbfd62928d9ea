"""When findings make a command fail."""

from collections.abc import Sequence

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.finding import Finding, Severity


def parse_threshold(written: str | None) -> Severity | None:
    """The severity of --fail-on; None never fails. Raises InvalidInput."""
    if written is None:
        return None
    try:
        return Severity(written)
    except ValueError:
        raise InvalidInput(f"--fail-on {written}: should be error, warning or info") from None


def exit_code(findings: Sequence[Finding], threshold: Severity | None, blind: bool) -> int:
    """1 for a finding at or above the threshold, else 3 when a rule was blind, else 0; without a threshold always 0."""
    if threshold is None:
        return 0
    if any(finding.severity.rank <= threshold.rank for finding in findings):
        return 1
    return 3 if blind else 0
