"""A Service port goes past the sidecar, while the policy reads as if it were protected.

What it checks

A Service port whose pods have a sidecar, and whose pod port is kept from it by
`traffic.sidecar.istio.io/excludeInboundPorts`, `traffic.sidecar.istio.io/includeInboundPorts` or
`sidecar.istio.io/interceptionMode: NONE`, while the mode that would hold there is STRICT or PERMISSIVE. The proxy's
own ports (15020, 15021, 15090) are meant to be open. An error where clients with a proxy fail, at any port.

Why it matters

No policy reaches such a port: anybody talks to the application in plaintext, and STRICT changes nothing. Clients with
a proxy do not know it: they send mutual TLS, because the pod has a proxy, and the application gets a TLS handshake
that it does not understand. So the port is open to those who should not use it and broken for those who should.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
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
          annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "8080"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
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

Take the port out of the annotation of the pod template. Where it must stay, say so in the policy: DISABLE for that
port makes clients with a proxy send plaintext, and every answer shows that the port is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import ALWAYS_EXCLUDED, Interception
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.posture.server.accepts import Effective, NoProxy, Unknown
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed, service_ports
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS502",
    name="excluded-port",
    severity=Severity.WARNING,
    summary="Service port that goes past the sidecar and its policy",
    reads=CONNECTIONS,
    doc=__doc__,
)


@dataclass(slots=True)
class _Bypass:
    """The Service ports that one annotation of one workload keeps from the sidecar at one mode."""

    pod: Pod
    rows: list[ServiceRow] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)
    breaks: bool = False


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload, annotation and mode."""
    policies = Policies(view.snapshot)
    failing = {
        (one.traffic.row.key, one.endpoint.pod.key, one.endpoint.port)
        for one in view.failures[Obstacle.EXCLUDED_PORT]
        if one.endpoint and one.endpoint.pod
    }
    found: dict[tuple[Ref, str, ServerMode | None], _Bypass] = {}
    for row in view.rows:
        for backend in row.backends if view.covers(row.key[0]) else ():
            accepts, pod = backend.accepts, backend.pod
            if not (isinstance(accepts, NoProxy) and accepts.annotation):
                continue
            seen = resolve_server(policies, replace(pod, interception=Interception()), backend.port)
            if isinstance(seen, Unknown) and seen.gap:
                continue
            mode = seen.mode if isinstance(seen, Effective) else None
            breaks = (row.key, pod.key, backend.port) in failing
            reads_closed = mode in (ServerMode.STRICT, ServerMode.PERMISSIVE) and backend.port not in ALWAYS_EXCLUDED
            if breaks or reads_closed:
                bypass = found.setdefault((workload_ref(pod), accepts.annotation, mode), _Bypass(pod))
                bypass.rows.append(row)
                bypass.ports.add(backend.port)
                bypass.breaks |= breaks
    for (workload, annotation, mode), bypass in found.items():
        services = service_ports(bypass.rows, workload.namespace)
        message = (
            f"{workload}: {annotation} keeps pod port {_listed(bypass)} ({services}) "
            f"from the sidecar, so its mode {mode or 'UNKNOWN'} is not enforced: anybody gets in with plaintext, "
            "and clients with a proxy send TLS that the application does not expect"
        )
        yield RULE.finding(
            bypass.pod.metadata,
            f"metadata.annotations.{annotation}",
            message,
            _fix(workload, annotation, bypass),
            severity=Severity.ERROR if bypass.breaks else Severity.WARNING,
            ref=workload,
        )


def _listed(bypass: _Bypass) -> str:
    return listed(str(port) for port in sorted(bypass.ports))


def _fix(workload: Ref, annotation: str, bypass: _Bypass) -> str:
    ports = _listed(bypass)
    if bypass.ports <= ALWAYS_EXCLUDED:
        return f"let a PeerAuthentication say DISABLE for port {ports} of {workload}, as the sidecar never sees it"
    if annotation.endswith("includeInboundPorts"):
        return f"add {ports} to the annotation {annotation} of {workload}'s pod template"
    if annotation.endswith("interceptionMode"):
        return f"remove the annotation {annotation} from {workload}'s pod template"
    return f"take {ports} out of the annotation {annotation} of {workload}'s pod template"
