"""Something else keeps this object and will overwrite what is written by hand.

What it means

Owner references, labels, annotations or field managers show that a controller writes the object: cert-manager, an
external secrets operator, Argo CD, Flux, Helm.

Why it matters

It writes its own version again, within seconds or at the next sync. Then the change is gone, perhaps in the middle of
an incident, and nobody remembers why it worked for a while.

Mend

Change it at its source: let cert-manager renew the certificate, commit the manifest, change the chart's values. `-o
yaml` prints what would be written. For a stopgap accept it: `--accept MTLS707`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS707",
    name="foreign-owner",
    severity=Severity.ERROR,
    summary="Something else keeps this object and will overwrite it",
    reads=(),
    doc=__doc__,
)
