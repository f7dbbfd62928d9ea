"""Probes of the kubelet go to a port that would refuse plaintext.

What it means

The pod has an HTTP or gRPC probe on a port of its own that would become STRICT. Usually the injector turns probes to
the proxy's agent (port 15020), which passes them on; here that is switched off (`rewriteAppHTTPProbers: false`), or
the probe is of a kind that this version does not rewrite.

Why it matters

The kubelet has no identity of the mesh: its probes fail, the pods become unready and are restarted, all at once.

Mend

Set the annotation `sidecar.istio.io/rewriteAppHTTPProbers: "true"` and restart, or leave the port out: `kubectl mtls
switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE`. When the probe may fail, accept it: `--accept
MTLS718`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS718",
    name="probe-without-rewrite",
    severity=Severity.ERROR,
    summary="The kubelet's probes would be refused",
    reads=(),
    doc=__doc__,
)
