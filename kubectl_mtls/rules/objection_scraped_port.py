"""Prometheus scrapes a port that would refuse plaintext.

What it means

Annotations `prometheus.io/scrape` of a pod or of a Service say that a port of the application is scraped, and the
change makes it STRICT. Where Istio merges metrics, the injector turns the annotations to port 15020, which stays open.

Why it matters

A Prometheus outside of the mesh has no certificate of it: its targets are down, and alerts that rest on them are
silent or all at once there.

Mend

Let Istio merge the metrics (`enablePrometheusMerge`), give Prometheus a certificate, or leave the port out: `kubectl
mtls switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE`. When it is scraped by something in the mesh, accept
it: `--accept MTLS719`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS719",
    name="scraped-port",
    severity=Severity.ERROR,
    summary="Prometheus would be refused",
    reads=(),
    doc=__doc__,
)
