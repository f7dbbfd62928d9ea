"""The API server itself calls a Service that would then accept only mutual TLS.

What it means

A Service port that the change would make STRICT is called by the API server: as a validating or mutating webhook, as
the conversion webhook of a CustomResourceDefinition, or as the backend of an APIService.

Why it matters

The API server has no identity of the mesh, so its calls are reset. With `failurePolicy: Fail` every write of the
objects concerned then fails (`failed calling webhook ... EOF`), in the worst case of all pods, and so of the repair
too.

Mend

Leave the port out before the change, in the policy that selects the workload: `kubectl mtls switch-mode pa/NAME -n
NAMESPACE --port PORT --to PERMISSIVE`. A webhook speaks TLS of its own, so nothing there becomes readable.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS703",
    name="webhook-backend",
    severity=Severity.ERROR,
    summary="The API server calls what becomes STRICT",
    reads=(),
    doc=__doc__,
)
