"""Behind one Service some pods accept only mutual TLS, and others have no proxy at all.

What it checks

A Service port behind which at least one pod with a sidecar is STRICT while another pod, or an address that is no pod,
has no proxy. An error where clients fail because of it, as they do behind a headless Service (`clusterIP: None`).

Why it matters

Clients choose a pod at random. Those that reach a pod without proxy speak plaintext with it, whatever the policy
says: the Service reads as STRICT and a share of its traffic is open. Behind a headless Service it is worse. There one
pod without proxy makes every client send plaintext to all of them (unless a DestinationRule says otherwise), and
those under STRICT reset the connection.

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
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart-canary, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "false"}
        spec:
          containers: [{name: cart, image: cart:2, ports: [{containerPort: 8080}]}]

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
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart-canary, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart:2, ports: [{containerPort: 8080}]}]

Fix

Give the pods a proxy: let the namespace or the pod template ask for one, then `kubectl rollout restart`. Or take them
out of the Service by its selector.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.service import Service
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.posture.server.accepts import NoProxy
from kubectl_mtls.posture.server.services import ServiceRow, refuses_plaintext
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS111",
    name="strict-with-plaintext-pods",
    severity=Severity.WARNING,
    summary="Service with STRICT pods beside pods without a proxy",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every such Service."""
    failures: dict[tuple[str, str], list[Failure]] = defaultdict(list)
    for one in view.failures[Obstacle.NAKED_NEIGHBOUR]:
        failures[one.traffic.row.service.key].append(one)
    for _, group in groupby(view.rows, key=lambda row: row.service.key):
        rows = list(group)
        service = rows[0].service
        if view.covers(rows[0].key[0]):
            mixed = list(rows_of(failures[service.key])) or [row for row in rows if _is_mixed(row)]
            yield from _check_service(service, mixed, failures[service.key])


def _is_mixed(row: ServiceRow) -> bool:
    return any(refuses_plaintext(backend.accepts) for backend in row.backends) and bool(_naked(row) or row.strangers)


def _naked(row: ServiceRow) -> list[Pod]:
    """Pods without a proxy; a sidecar that is told to keep off a port is another fault."""
    return [backend.pod for backend in row.backends if backend.accepts == NoProxy()]


def _check_service(service: Service, mixed: list[ServiceRow], failures: list[Failure]) -> Iterator[Finding]:
    if not mixed:
        return
    strict = {b.pod.key for row in mixed for b in row.backends if refuses_plaintext(b.accepts)}
    strict |= {one.endpoint.pod.key for one in failures if one.endpoint and one.endpoint.pod}
    naked = {pod.key: pod for row in mixed for pod in _naked(row)}
    strangers = list(dict.fromkeys(address for row in mixed for address in row.strangers))
    have = "has no proxy" if len(naked) + len(strangers) == 1 else "have none"
    consequence = "what reaches those is plaintext, whatever the policy says"
    if failures:
        consequence = (
            "the Service is headless, so clients with a proxy send plaintext to all of its pods, and those under "
            f"STRICT reset the connection: {clients(failures)}"
        )
    message = (
        f"{service.metadata.ref}: {counted(len(strict), 'pod')} accept{'s' * (len(strict) == 1)} only mutual TLS, but "
        f"{listed((*_names(naked.values()), *strangers))} {have}: {consequence}"
    )
    fix = f"give {listed(dict.fromkeys(str(workload_ref(pod)) for pod in naked.values()))} a proxy, or another label"
    if not naked:
        fix = "take the addresses that are no pods of the mesh out of the Service's EndpointSlices"
    severity = Severity.ERROR if failures else Severity.WARNING
    yield RULE.finding(service.metadata, "spec.selector", message, fix, severity=severity)


def _names(pods: Iterable[Pod]) -> list[str]:
    return [str(workload_ref(pod) if pod.assumed else pod.metadata.ref) for pod in pods]
