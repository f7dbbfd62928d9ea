"""What becomes of connections that the change may touch cannot be told.

What it means

Something stands in the way: a kind of object or a namespace that could not be read, an EnvoyFilter that patches the
proxies, gRPC without proxy under ISTIO_MUTUAL. The objection names the connections with the reason, or what was not
read.

Why it matters

Not knowing is no yes: a rule that could not be read may make clients send what the server would then refuse.

Mend

Get the rights that the message names (docs/rbac), or look at the connections: `kubectl mtls explain deploy/NAME
svc/NAME -n NAMESPACE`. When you know better, accept it: `--accept MTLS715`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS715",
    name="connections-not-known",
    severity=Severity.ERROR,
    summary="Connections that may change cannot be seen",
    reads=(),
    doc=__doc__,
)
