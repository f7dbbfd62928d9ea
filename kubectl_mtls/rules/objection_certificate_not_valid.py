"""The certificate that would be written is expired or not yet valid.

What it means

At the moment of the plan a certificate of the new chain, or the CA beside it, has ended or has not begun. Whose clock
is wrong does not matter: the other side judges by its own.

Why it matters

Every handshake with this certificate fails from the moment in which the proxies have it.

Mend

Get a certificate that is valid now. One that begins soon can be written when it has begun.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS704",
    name="certificate-not-valid",
    severity=Severity.ERROR,
    summary="The certificate to be written is expired or not yet valid",
    reads=(),
    doc=__doc__,
)
