"""Connections that are mutual TLS today would be something else, if the files were applied.

What it means

`check -f FILE --against cluster` works out every connection of clients with a proxy before and after the files are
applied. These are mutual TLS in the cluster as it is, and would be plaintext, or TLS without a certificate of the mesh.
The finding is about the object in the files that does it, where one alone can be told, else about the host that is
called. Those that would fail have a code of their own (MTLS713).

Why it matters

They would still come about, so nobody would notice that they can be read and forged on their way, or that the server
no longer knows who calls.

Mend

`kubectl mtls explain deploy/NAME svc/NAME -n NAMESPACE` says what decides. Where it is meant, ignore the finding with a
reason on the object: `kubectl-mtls/ignore: "MTLS721: ..."`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS721",
    name="mutual-tls-lost",
    severity=Severity.WARNING,
    summary="Connections would no longer be mutual TLS",
    reads=(),
    doc=__doc__,
)
