"""Who asks for a sidecar in a pod? The selectors of the injector's four webhooks, then injectRequired.

Sources: charts/istio-discovery mutatingwebhook.yaml, pkg/kube/inject/inject.go.
"""

from kubectl_mtls.model.namespace import NEVER_INJECTED, Namespace
from kubectl_mtls.model.pod import Pod

INJECT = "sidecar.istio.io/inject"
INJECTION = "istio-injection"
REVISION = "istio.io/rev"
_MODE = "istio.io/dataplane-mode"


def resolve_wish(pod: Pod, namespace: Namespace | None) -> str | None:
    """The label that asks for one, in words; None when nobody does, or the pod opts out."""
    if pod.host_network or pod.metadata.namespace in NEVER_INJECTED:
        return None
    label = pod.labels.get(INJECT)
    if (label or pod.metadata.annotations.get(INJECT)) == "false":
        return None
    if "ambient" in (pod.labels.get(_MODE), namespace and namespace.metadata.labels.get(_MODE)):
        return None
    if namespace:
        injection = namespace.metadata.labels.get(INJECTION)
        if injection is not None:
            return f"namespace label {INJECTION}={injection}" if injection == "enabled" else None
        if namespace.revision:
            return f"namespace label {REVISION}={namespace.revision}"
    if label == "true":
        return f"pod label {INJECT}=true"
    revision = pod.labels.get(REVISION)
    return f"pod label {REVISION}={revision}" if revision else None
