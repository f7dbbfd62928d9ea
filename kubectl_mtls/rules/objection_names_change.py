"""Names of the old certificate are missing in the new one.

What it means

A DNS name, address or URI among the subject alternative names of the certificate that is there now is not among those
of the new one. Names that are added raise no objection.

Why it matters

Peers ask for names: clients for the host that they call, servers and AuthorizationPolicies for the identity of the
client. Who asks for the missing name refuses the new certificate.

Mend

Order the certificate again with all names of the old one. When nobody asks for the name any more, accept it:
`--accept MTLS706`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS706",
    name="names-change",
    severity=Severity.ERROR,
    summary="Names of the old certificate are missing in the new one",
    reads=(),
    doc=__doc__,
)
