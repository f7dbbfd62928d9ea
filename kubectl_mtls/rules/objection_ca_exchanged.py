"""None of the CAs in the Secret stays.

What it means

`--ca` holds no certificate with the name and key of one that is in the Secret's CA now. Where only some of several go,
a note names them.

Why it matters

The CA in a Secret is what proxies verify the other side with. From the moment in which they have the new one, every
peer whose certificate comes from the old one is refused, in both directions where both sides share the CA.

Mend

Exchange a CA in steps: first write old and new together (one PEM file after the other), then give every peer a
certificate of the new one, then write the new one alone. When all peers have changed already, accept it:
`--accept MTLS712`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS712",
    name="ca-exchanged",
    severity=Severity.ERROR,
    summary="The new CA shares nothing with the old one",
    reads=(),
    doc=__doc__,
)
