"""A sidecar ignores a credentialName in a DestinationRule without workloadSelector, and sends plaintext.

What it means

The change would leave a DestinationRule with SIMPLE or MUTUAL and `credentialName`, but without `workloadSelector`,
that clients with a sidecar use. Gateways do not mind, sidecars do.

Why it matters

istiod drops the whole TLS setting for sidecars and says so nowhere: the connection that should be mutual TLS goes out
in plaintext.

Mend

Name the workloads that use the rule in `spec.workloadSelector.matchLabels`. Each of their ServiceAccounts then needs
the right to list Secrets in its namespace.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS709",
    name="credential-without-selector",
    severity=Severity.ERROR,
    summary="A credentialName that sidecars ignore: they would send plaintext",
    reads=(),
    doc=__doc__,
)
