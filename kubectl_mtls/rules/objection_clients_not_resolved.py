"""What the clients would send after the change cannot be told yet.

What it means

The plan knows what servers accept, and that clients with a proxy follow by themselves (auto mTLS). It does not yet
know what DestinationRules make clients send. So the objection is raised by every change of a DestinationRule, and by
a change of a server whose clients have a DestinationRule with a `tls` block, or whose mesh has auto mTLS switched
off.

Why it matters

A DestinationRule that says DISABLE or SIMPLE makes a client fail at a STRICT server. One that says ISTIO_MUTUAL makes
it fail at a server with DISABLE, or without a proxy.

Mend

Look at the rules for the hosts concerned: `kubectl get destinationrules -A`. When their `tls.mode` fits the new mode,
accept it: `--accept MTLS702`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS702",
    name="clients-not-resolved",
    severity=Severity.ERROR,
    summary="What clients would send is not known yet",
    reads=(),
    doc=__doc__,
)
