"""The mesh has auto mTLS switched off, so clients send plaintext wherever no DestinationRule asks for TLS.

What it checks

`enableAutoMtls: false` in a MeshConfig under which a client with a proxy sends plaintext to a server that would take
mutual TLS. An error where the server is STRICT and refuses it, a warning where it is PERMISSIVE and lets it in. No
finding where DestinationRules (as `*.local` with ISTIO_MUTUAL) speak for all servers.

Why it matters

With auto mTLS a client asks what the server accepts and sends mutual TLS wherever it can. Without, each host needs a
DestinationRule: PERMISSIVE servers get plaintext for ever and nobody notices, STRICT ones reset every connection.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
        enableAutoMtls: false
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Better

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
        enableAutoMtls: true
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Fix

Remove `enableAutoMtls` from the MeshConfig, where it was installed from (`meshConfig.enableAutoMtls` of the chart or
the IstioOperator); istiod follows without a restart. Hosts whose clients shall send plaintext keep a DestinationRule
with DISABLE.
"""

from collections.abc import Iterator, Sequence

from kubectl_mtls.model.control_plane import MeshConfig
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.posture.cluster.auto_mtls import Gate
from kubectl_mtls.posture.connection.connection import Result
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.mesh_settings import mesh_finding
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS116",
    name="auto-mtls-off",
    severity=Severity.WARNING,
    summary="MeshConfig without auto mTLS, and clients that send plaintext by it",
    reads=CONNECTIONS,
    doc=__doc__,
)

_FIX = "remove enableAutoMtls from the MeshConfig, where Istio was installed from"


def check(view: View) -> Iterator[Finding]:
    """One finding for every MeshConfig."""
    off = [mesh for mesh in view.snapshot.mesh_configs.values() if not mesh.auto_mtls]
    failures = view.failures[Obstacle.AUTO_MTLS_OFF] if off else ()
    open_rows = [one.row for one in view.traffic if _sends_plaintext(one)] if off else []
    for mesh in off:
        if failures:
            yield _finding(view, mesh, rows_of(failures), f"which is STRICT: {clients(failures)}", Severity.ERROR)
        elif open_rows:
            yield _finding(view, mesh, open_rows, "which would take mutual TLS", Severity.WARNING)


def _finding(view: View, mesh: MeshConfig, rows: Sequence[ServiceRow], what: str, severity: Severity) -> Finding:
    message = f"enableAutoMtls is false, so clients send plaintext to {service_ports(rows, '')}, {what}"
    return mesh_finding(RULE, view, mesh, message, _FIX, severity)


def _sends_plaintext(traffic: Traffic) -> bool:
    """Whether the gate is what keeps a client from mutual TLS with a sidecar."""
    for callers in traffic.callers:
        cluster = callers.connection.cluster
        if cluster is not None and cluster.gate is not None and cluster.gate.gate is Gate.OFF:
            return any(_is_open(result) for result in callers.connection.results)
    return False


def _is_open(result: Result) -> bool:
    accepts = result.accepts
    takes_mutual = isinstance(accepts, Effective) and accepts.mode is not ServerMode.DISABLE
    return takes_mutual and result.outcome.verdict is Verdict.PLAINTEXT
