"""AuthorizationPolicies look at identities that the connections would no longer carry.

What it means

Connections that are mutual TLS today would be plaintext, or TLS without a certificate of the mesh. Policies in front of
these servers have rules about principals, namespaces or service accounts. Where such a connection would certainly be
refused, it is among those of MTLS713; this objection names the policies whose answer may turn.

Why it matters

Without mutual TLS there is no identity: an ALLOW rule that asks for one matches nobody, so that callers get 403, and a
DENY rule that names one matches nobody either, so that it lets through what it was written against.

Mend

Say in the policies by something else who may call, or leave out the servers that they hold for. When the policies do
not matter, accept it: `--accept MTLS714`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS714",
    name="identity-lost",
    severity=Severity.ERROR,
    summary="AuthorizationPolicies would no longer see who calls",
    reads=(),
    doc=__doc__,
)
