"""A Service that is reached from outside of the mesh would refuse plaintext.

What it means

The change makes ports STRICT whose Service is of type NodePort or LoadBalancer, or is the backend of an Ingress that
something else than Istio serves.

Why it matters

Callers outside of the mesh have no certificate of it, and an ingress controller without a proxy has none either: their
connections are reset.

Mend

Let the traffic come in by a gateway of the mesh, give the ingress controller a proxy, or leave the port out: `kubectl
mtls switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE`. When nobody comes that way, accept it:
`--accept MTLS717`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS717",
    name="reached-from-outside",
    severity=Severity.ERROR,
    summary="What is reached from outside the mesh becomes STRICT",
    reads=(),
    doc=__doc__,
)
