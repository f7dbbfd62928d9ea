"""A pod should have a sidecar by its labels or its namespace's, and has none.

What it checks

Running pods without a proxy where the namespace says `istio-injection=enabled` or `istio.io/rev`, or the pod says
`sidecar.istio.io/inject: "true"` or `istio.io/rev`. Not meant are pods that opt out (`sidecar.istio.io/inject:
"false"`), pods in the host's network, and namespaces in which Istio never injects (kube-system and such).

Why it matters

Injection happens once, when a pod is created. A pod that is older than the label, or that was created while the
injector was away and its webhook let pods pass, runs without identity: what it sends is plaintext, which STRICT
servers reset, and what it accepts is plaintext from anybody. The namespace looks protected in every list of labels.

Example

    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
      labels: {istio-injection: enabled}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart}
    spec:
      containers: [{name: cart, image: cart}]

Better

    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
      labels: {istio-injection: enabled}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart}
    spec:
      containers:
      - {name: cart, image: cart}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Fix

`kubectl rollout restart deployment/NAME -n NAMESPACE` creates the pods anew, and with them their proxies. When that
does not help, the injector was not asked or did not answer: see `kubectl get mutatingwebhookconfigurations` for the
revision that the label names.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import NAMESPACE, POD
from kubectl_mtls.model.namespace import Namespace
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.injection import INJECTION, REVISION, resolve_wish
from kubectl_mtls.rules.remedy import restart
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS501",
    name="injection-wanted-but-absent",
    severity=Severity.WARNING,
    summary="Pod that should have a sidecar and has none",
    reads=(POD, NAMESPACE),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload with such pods."""
    by_workload: dict[Ref, list[Pod]] = defaultdict(list)
    for pod in view.snapshot.pods.values():
        if not pod.assumed and view.covers(pod.metadata.namespace):
            by_workload[workload_ref(pod)].append(pod)
    revisions = {name for tag in view.snapshot.revision_tags for name in (tag.tag, tag.revision)}
    for workload, pods in by_workload.items():
        namespace = view.snapshot.namespaces.get(workload.namespace)
        naked = [pod for pod in pods if pod.proxy is Proxy.NONE and resolve_wish(pod, namespace)]
        if not naked:
            continue
        wish = resolve_wish(naked[0], namespace)
        has = "has" if len(naked) == 1 else "have"
        message = (
            f"{workload}: {len(naked)} of {counted(len(pods), 'pod')} {has} no proxy although {wish} asks for one: "
            "it speaks and accepts plaintext only, without identity"
        )
        revision = _revision(naked[0], namespace)
        fix = restart(workload)
        if revision and revisions and revision not in revisions:
            message += f"; no injector webhook serves revision {revision}"
            fix = f"correct the label {REVISION}: webhooks serve {', '.join(sorted(revisions))}"
        yield RULE.finding(naked[0].metadata, "spec.containers", message, fix, ref=workload)


def _revision(pod: Pod, namespace: Namespace | None) -> str | None:
    """The revision or tag that is asked for by name."""
    if namespace and INJECTION in namespace.metadata.labels:
        return None
    return (namespace.revision if namespace else None) or pod.labels.get(REVISION)
