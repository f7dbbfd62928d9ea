"""Workloads without a proxy are in the same namespace as something that would refuse plaintext.

What it means

In a namespace in which a Service port becomes STRICT there are pods without a proxy, of a Job or of any other workload.
Whether they call it cannot be read from objects, but workloads of one namespace mostly belong together.

Why it matters

A pod without a proxy cannot do mutual TLS: its calls end with `Connection reset by peer`. Jobs that run at night tell
it the next morning.

Mend

Give the workload a proxy (label `sidecar.istio.io/inject: "true"`, for Jobs with native sidecars), or leave out the
ports that it calls: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE`. When it calls nothing
there, accept it: `--accept MTLS720`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS720",
    name="neighbour-without-proxy",
    severity=Severity.ERROR,
    summary="Workloads without a proxy beside what becomes STRICT",
    reads=(),
    doc=__doc__,
)
