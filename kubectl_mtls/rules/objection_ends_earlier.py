"""The new certificate ends before the one whose place it takes.

What it means

Among the certificates that would be written one ends earlier than each of those that are there now. Ends are those of
the whole chain: the leaf's, or an intermediate's that ends first.

Why it matters

A rotation is made to gain time. One that loses it is often made with a file of the last rotation, or of a test, and
the connections that work today end sooner than anybody expects.

Mend

Take the newest certificate, or order one with a longer life. When shorter lives are wanted, or the old key is no longer
safe, accept it: `--accept MTLS711`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS711",
    name="ends-earlier",
    severity=Severity.ERROR,
    summary="The new certificate ends before the old one",
    reads=(),
    doc=__doc__,
)
