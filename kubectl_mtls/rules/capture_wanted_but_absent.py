"""A pod should be in ambient mode by its labels or its namespace's, and ztunnel has not captured it.

What it checks

Running pods without any proxy and without the annotation `ambient.istio.io/redirection: enabled`, where the pod or its
namespace says `istio.io/dataplane-mode: ambient`. Not meant are pods that opt out (`none`), pods in the host's
network, and control planes and ztunnel themselves.

Why it matters

The node's istio-cni agent captures a pod when it starts, or when the label comes. Where the agent was not there or
failed, the pod goes on in plaintext, without identity: STRICT servers refuse what it sends, and what it accepts is
open. The namespace reads as if it were in the mesh.

Example

    apiVersion: v1
    kind: Namespace
    metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
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
    metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart}
      annotations: {ambient.istio.io/redirection: enabled}
    spec:
      containers: [{name: cart, image: cart}]

Fix

`kubectl rollout restart deployment/NAME -n NAMESPACE` starts the pods anew. When that does not help, see the log of
istio-cni on the pod's node: `kubectl logs -n istio-system -l k8s-app=istio-cni-node`.
"""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import NAMESPACE, POD
from kubectl_mtls.model.namespace import NEVER_INJECTED
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.rules.remedy import restart
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS510",
    name="capture-wanted-but-absent",
    severity=Severity.WARNING,
    summary="Pod that should be in ambient mode and is not",
    reads=(POD, NAMESPACE),
    doc=__doc__,
)

_MODE = "istio.io/dataplane-mode"
_OF_ISTIO = ("istiod", "ztunnel", "istio-cni")


def check(view: View) -> Iterator[Finding]:
    """One finding for every workload with such pods."""
    found: dict[Ref, list[Pod]] = defaultdict(list)
    for pod in view.snapshot.pods.values():
        if not pod.assumed and view.covers(pod.metadata.namespace) and _wish(view, pod):
            found[workload_ref(pod)].append(pod)
    for ref, pods in found.items():
        verb = "is" if len(pods) == 1 else "are"
        message = (
            f"{ref}: {counted(len(pods), 'pod')} {verb} not captured by ztunnel although {_wish(view, pods[0])} asks "
            "for it: it speaks and accepts plaintext only, without identity"
        )
        yield RULE.finding(pods[0].metadata, "metadata.annotations", message, restart(ref), ref=ref)


def _wish(view: View, pod: Pod) -> str | None:
    """Whose label asks for it."""
    namespace = view.snapshot.namespaces.get(pod.metadata.namespace)
    exempt = pod.host_network or pod.metadata.namespace in NEVER_INJECTED or pod.labels.get("app") in _OF_ISTIO
    if pod.proxy is not Proxy.NONE or exempt:
        return None
    if (mode := pod.labels.get(_MODE)) is not None:
        return f"pod label {_MODE}={mode}" if mode == "ambient" else None
    return f"namespace label {_MODE}=ambient" if namespace is not None and namespace.ambient else None
