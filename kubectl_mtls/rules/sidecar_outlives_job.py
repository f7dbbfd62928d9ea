"""A Job has a sidecar that is no native one: it starts beside the job and does not end with it.

What it checks

Running pods of Jobs and CronJobs with a sidecar in `containers` instead of `initContainers` with `restartPolicy:
Always`. It is a note: an application that waits for its proxy and ends it is fine.

Why it matters

Until the proxy runs and has its certificate, what the job sends is refused or goes nowhere, and at STRICT servers a
job that calls at once fails. When the job is done the proxy goes on, so the pod never completes, and its identity
stays in use. Init containers that call others have the first of these too.

Example

    apiVersion: v1
    kind: Pod
    metadata:
      name: nightly-x
      namespace: shop
      labels: {app: nightly, security.istio.io/tlsMode: istio}
      ownerReferences: [{kind: Job, name: nightly, controller: true}]
    spec:
      containers:
      - {name: nightly, image: nightly}
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}

Better

    apiVersion: v1
    kind: Pod
    metadata:
      name: nightly-x
      namespace: shop
      labels: {app: nightly, security.istio.io/tlsMode: istio}
      ownerReferences: [{kind: Job, name: nightly, controller: true}]
    spec:
      initContainers:
      - {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar], restartPolicy: Always}
      containers:
      - {name: nightly, image: nightly}

Fix

Native sidecars: istiod with ENABLE_NATIVE_SIDECARS=true (the default since 1.27) on Kubernetes 1.33 or later, or the
annotation `sidecar.istio.io/nativeSidecar: "true"` of the pod template.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.workload import workload_ref

RULE = Rule(
    code="MTLS507",
    name="sidecar-outlives-job",
    severity=Severity.INFO,
    summary="Job with a sidecar that starts beside it and does not end with it",
    reads=(POD,),
    doc=__doc__,
)

_ANNOTATION = "sidecar.istio.io/nativeSidecar"


def check(view: View) -> Iterator[Finding]:
    """One finding for every Job."""
    found: dict[Ref, Pod] = {}
    for pod in view.snapshot.pods.values():
        of_job = pod.workload.kind in ("Job", "CronJob") and not pod.assumed
        if of_job and pod.proxy is Proxy.SIDECAR and view.covers(pod.metadata.namespace):
            found.setdefault(workload_ref(pod), pod)
    for ref, pod in found.items():
        message = (
            f"{ref} has a sidecar that is no native one: it starts beside the job, and keeps the pod from completing"
        )
        fix = f'write the annotation {_ANNOTATION}: "true" into the pod template of {ref}'
        yield RULE.finding(pod.metadata, "spec.containers", message, fix, ref=ref)
