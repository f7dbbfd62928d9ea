"""A Service accepts plaintext although the namespace or the mesh says STRICT.

What it checks

For every Service port whose pods have a sidecar: the mode is PERMISSIVE, a policy says so, and a policy of a level
above (of the mesh, the namespace, or the workload for a single port) says STRICT. A mesh or namespace without any
STRICT is no finding: it has not been told to refuse plaintext.

Why it matters

The namespace reads as locked, but this Service takes any connection from any pod that can reach it, without
encryption and without knowing who calls. An AuthorizationPolicy with `principals` or `namespaces` refuses such
callers, one with `notPrincipals` lets them through. PERMISSIVE is meant for the time of a migration, and is easily
left behind after it.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: istio-system}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: cart, namespace: shop}
    spec:
      selector:
        matchLabels: {app: cart}
      mtls: {mode: PERMISSIVE}
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

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: istio-system}
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

`kubectl mtls switch-mode pa/NAME -n NAMESPACE --to STRICT` shows first which clients would be cut off, and refuses
when there is evidence that some would. Deleting the exception has the same effect.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.accepts import Effective, Loss
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.remedy import switch_mode
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS102",
    name="permissive-mode",
    severity=Severity.WARNING,
    summary="Service that accepts plaintext although namespace or mesh says STRICT",
    reads=(PEER_AUTHENTICATION, SERVICE, POD, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)

_BY_LEVEL = (Loss.MORE_SPECIFIC, Loss.PORT_MODE)


@dataclass(slots=True)
class _Exception:
    """One field that opens Service ports, and the stricter policy that it overrules."""

    policy: PeerAuthentication
    strict: PeerAuthentication
    port: int | None
    rows: list[ServiceRow] = field(default_factory=list)


def check(view: View) -> Iterator[Finding]:
    """One finding for every field that opens Services, whatever their number."""
    found: dict[tuple[Ref, str], _Exception] = {}
    for row in view.rows:
        for backend in row.backends if view.covers(row.key[0]) else ():
            if isinstance(backend.accepts, Effective) and (opened := _opened(backend.accepts, backend.port)):
                key = (opened.policy.metadata.ref, backend.accepts.field)
                found.setdefault(key, opened).rows.append(row)
    for (_, path), one in found.items():
        metadata = one.policy.metadata
        message = (
            f"{metadata.ref} lets {service_ports(one.rows, metadata.namespace)} accept plaintext (PERMISSIVE), "
            f"although {one.strict.metadata.ref.seen_from(metadata.namespace)} says STRICT"
        )
        if one.strict is one.policy:
            message = (
                f"{metadata.ref} says STRICT but lets {service_ports(one.rows, metadata.namespace)} accept plaintext: "
                f"pod port {one.port} is PERMISSIVE"
            )
        yield RULE.finding(metadata, path, message, switch_mode(metadata, ServerMode.STRICT, one.port))


def _opened(accepts: Effective, port: int) -> _Exception | None:
    if accepts.mode is not ServerMode.PERMISSIVE or accepts.decided_by is None:
        return None
    strict = [one for one in accepts.overruled if one.mode is ServerMode.STRICT and one.why in _BY_LEVEL]
    if not strict:
        return None
    own_port = port if accepts.field == accepts.decided_by.field_of(port) else None
    return _Exception(accepts.decided_by, strict[-1].policy, own_port)
