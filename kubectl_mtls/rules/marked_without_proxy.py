"""A pod without proxy has the label of one, so clients send it mutual TLS that nobody ends.

What it checks

Pods behind a Service that have no proxy and the label `security.istio.io/tlsMode: istio`, where clients with a proxy
fail because of it.

Why it matters

The injector writes the label beside the proxy that it adds. Copied into a pod template (from a dump of a running pod,
say) it comes without: clients start mutual TLS with an application that reads plaintext, and every connection fails in
its handshake, with `WRONG_VERSION_NUMBER` in the client's log.

Example

    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart, security.istio.io/tlsMode: istio}
    spec:
      containers:
      - {name: cart, image: cart, ports: [{containerPort: 8080}]}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Better

    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart}
    spec:
      containers:
      - {name: cart, image: cart, ports: [{containerPort: 8080}]}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: web, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]

Fix

Take the label out of the pod template. Where the pods should have a proxy, let namespace or template ask for one, and
restart the workload.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.workload_entry import TLS_MODE_LABEL
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.rules.obstructed import clients, rows_of
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS505",
    name="marked-without-proxy",
    severity=Severity.ERROR,
    summary="Pod without proxy that has the label of one",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload with such pods."""
    pods: dict[Ref, Pod] = {}
    found: dict[Ref, list[Failure]] = defaultdict(list)
    for one in view.failures[Obstacle.MARKED]:
        if one.endpoint is not None and one.endpoint.pod is not None:
            ref = workload_ref(one.endpoint.pod)
            pods.setdefault(ref, one.endpoint.pod)
            found[ref].append(one)
    for ref, failures in found.items():
        message = (
            f"{ref} has no proxy but label {TLS_MODE_LABEL}=istio, so clients send mutual TLS to "
            f"{service_ports(rows_of(failures), ref.namespace)}, which nobody ends: {clients(failures)}"
        )
        field = f"metadata.labels.{TLS_MODE_LABEL}"
        fix = f"remove the label {TLS_MODE_LABEL} from {ref}'s pod template"
        yield RULE.finding(pods[ref].metadata, field, message, fix, ref=ref)
