"""The old certificate comes with its issuer, the new one alone.

What it means

The file that stands there now holds the leaf and the certificate that issued it; the new one holds a leaf without its
issuer. The Secret has no CA to which the new chain could be verified (then it would be MTLS705).

Why it matters

Peers usually know the root alone. Without the intermediate they cannot get from the certificate to the root, and
refuse it, though it is valid.

Mend

Put the intermediates into the file of `--cert`, behind the leaf. When the peers know the issuer themselves, or the
root issues the certificate directly, accept it: `--accept MTLS710`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS710",
    name="intermediate-lost",
    severity=Severity.ERROR,
    summary="The new certificate comes without the issuer that the old one came with",
    reads=(),
    doc=__doc__,
)
