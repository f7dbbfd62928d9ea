"""Connections that work today would fail after the change.

What it means

Clients with a proxy are told by DestinationRules, or by auto mTLS, what to send. The plan works out every connection
that the change can touch before and after it; those in the list come about today, at least at one endpoint more than
they would afterwards. The effect shows how the failure will look, to the caller and in both proxies' logs.

Why it matters

From the moment in which the proxies have the change, these clients get resets or 503. It is the usual way to break a
mesh: a DestinationRule that says DISABLE or SIMPLE, forgotten by everybody, in front of a server that becomes STRICT.

Mend

`kubectl mtls explain deploy/NAME svc/NAME -n NAMESPACE` says what decides for a connection. Change that side first:
mostly `kubectl mtls switch-mode dr/NAME --to ISTIO_MUTUAL -n NAMESPACE`, while the server takes both. When these
connections may fail, accept it: `--accept MTLS713`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS713",
    name="connections-would-fail",
    severity=Severity.ERROR,
    summary="Connections that work today would fail",
    reads=(),
    doc=__doc__,
)
