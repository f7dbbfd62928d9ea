"""A peer that trusts the CA beside the new certificate would refuse it.

What it means

The chain that would be written does not lead to the CA that would stand in the same Secret: an intermediate is
missing, the CA is another one, or a certificate on the way may not issue others.

Why it matters

The CA in the Secret is what this side verifies the other with, and usually the CA that both sides share. Where the
peer trusts the same one, it refuses the new certificate and every connection fails.

Mend

Put the intermediates into the certificate's file, behind the leaf. When the peer trusts another CA than this side
does, accept it: `--accept MTLS705`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS705",
    name="chain-does-not-verify",
    severity=Severity.ERROR,
    summary="The new certificate does not lead to the CA beside it",
    reads=(),
    doc=__doc__,
)
