"""Which object a finding about pods is about: the workload that people know them by."""

from kubectl_mtls.model.kind import KIND_BY_ALIAS
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref


def workload_ref(pod: Pod) -> Ref:
    """`deployment/cart`; the pod itself where its controller is of a kind that we do not know."""
    kind = KIND_BY_ALIAS.get(pod.workload.kind.lower())
    return Ref(kind, pod.metadata.namespace, pod.workload.name) if kind else pod.metadata.ref
