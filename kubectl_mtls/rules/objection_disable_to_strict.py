"""From DISABLE to STRICT in one step: requests are lost until every client has heard of it.

What it means

Servers that take plaintext only would take mutual TLS only. Clients decide by what the server accepts, but they hear of
it one after the other, and at another moment than the server's own proxy.

Why it matters

In between, clients still send plaintext to a server that refuses it, or mutual TLS to one that does not speak it. Seen
on a live mesh it is a fraction of a second for most, and longer for connections that are kept alive.

Mend

Go by PERMISSIVE: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --to PERMISSIVE`, wait until clients send mutual TLS,
then `--to STRICT`. When some lost requests do not matter, accept it: `--accept MTLS716`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS716",
    name="disable-to-strict",
    severity=Severity.ERROR,
    summary="From DISABLE to STRICT in one step loses requests",
    reads=(),
    doc=__doc__,
)
