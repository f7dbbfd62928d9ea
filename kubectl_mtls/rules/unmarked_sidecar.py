"""A pod has a sidecar but not the label by which clients know it, so they send it plaintext.

What it checks

Pods with a sidecar behind a Service whose label `security.istio.io/tlsMode` is absent or is not `istio`, unless their
mode is DISABLE, and WorkloadEntries without the label and without `serviceAccount` for whose labels policies say
STRICT. An error where clients with a proxy fail because of it, else a warning.

Why it matters

Clients do not look for a sidecar, they look at this label, which the injector writes. Labels that a pipeline or an
operator replaced, a proxy that was written into the template by hand, and a virtual machine without serviceAccount
lack it: clients send plaintext. A PERMISSIVE server lets it in and nobody notices, a STRICT one resets every
connection.

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
      labels: {app: cart}
    spec:
      containers:
      - {name: cart, image: cart, ports: [{containerPort: 8080}]}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

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
      labels: {app: cart, security.istio.io/tlsMode: istio}
    spec:
      containers:
      - {name: cart, image: cart, ports: [{containerPort: 8080}]}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Fix

Take the label out of the pod template, or write `istio`, and restart the workload. A WorkloadEntry gets
`spec.serviceAccount` where a proxy runs on the machine.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.workload_entry import DISABLED, ISTIO, TLS_MODE_LABEL, WorkloadEntry
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.server import Policies
from kubectl_mtls.rules.obstructed import clients
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS504",
    name="unmarked-sidecar",
    severity=Severity.WARNING,
    summary="Pod or machine with a proxy that clients do not know of",
    reads=CONNECTIONS,
    doc=__doc__,
)

_FIELD = f"metadata.labels.{TLS_MODE_LABEL}"


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload with such pods, and for every such machine."""
    unmarked: dict[Ref, Pod] = {}
    for row in view.rows:
        for backend in row.backends if view.covers(row.key[0]) else ():
            if _is_unmarked(backend.pod) and _may_be_mutual(backend.accepts):
                unmarked.setdefault(workload_ref(backend.pod), backend.pod)
    failures: dict[Ref, list[Failure]] = defaultdict(list)
    for one in view.failures[Obstacle.UNMARKED]:
        for result in one.connection.results:
            pod = result.endpoint.pod
            if pod is not None and _is_unmarked(pod):
                unmarked.setdefault(workload_ref(pod), pod)
                failures[workload_ref(pod)].append(one)
    for ref, pod in unmarked.items():
        yield _of_pod(ref, pod, failures[ref])
    policies = Policies(view.snapshot)
    for entry in view.snapshot.workload_entries:
        if view.covers(entry.metadata.namespace) and _is_strict_and_unmarked(view, policies, entry):
            yield _of_machine(entry)


def _is_unmarked(pod: Pod) -> bool:
    return pod.proxy.is_sidecar and pod.labels.get(TLS_MODE_LABEL) != ISTIO


def _may_be_mutual(accepts: object) -> bool:
    return isinstance(accepts, Effective) and accepts.mode is not ServerMode.DISABLE


def _of_pod(ref: Ref, pod: Pod, failures: list[Failure]) -> Finding:
    label = pod.labels.get(TLS_MODE_LABEL)
    has = f"has label {TLS_MODE_LABEL}={label}" if label else f"has no label {TLS_MODE_LABEL}"
    fix = f"kubectl label --overwrite -n {ref.namespace} {pod.metadata.ref} {TLS_MODE_LABEL}={ISTIO}"
    if isinstance(pod.metadata.origin, FileOrigin):
        fix = f"write {TLS_MODE_LABEL}: {ISTIO} into the labels of {ref} in {pod.metadata.origin}"
    message = f"{ref} has a sidecar but {has}, so clients send it plaintext"
    if failures:
        return RULE.finding(
            pod.metadata, _FIELD, f"{message}: {clients(failures)}", fix, severity=Severity.ERROR, ref=ref
        )
    return RULE.finding(pod.metadata, _FIELD, message, fix, ref=ref)


def _is_strict_and_unmarked(view: View, policies: Policies, entry: WorkloadEntry) -> bool:
    machine = entry.machine
    if machine.tls_mode != DISABLED or TLS_MODE_LABEL in machine.labels:
        return False
    root = view.snapshot.mesh_config(None).root_namespace
    levels = policies.levels_at(entry.metadata.namespace, root, machine.labels)
    own = next((one for one in (levels.workload, levels.namespace) if one and one.mode is not ServerMode.UNSET), None)
    return own is not None and own.mode is ServerMode.STRICT


def _of_machine(entry: WorkloadEntry) -> Finding:
    message = (
        f"{entry.metadata.ref} has neither serviceAccount nor label {TLS_MODE_LABEL}, so clients send it plaintext "
        "although its policy says STRICT: if a proxy runs there it refuses them, if none does it is open"
    )
    return RULE.finding(entry.metadata, "spec.serviceAccount", message, "write spec.serviceAccount where a proxy runs")
