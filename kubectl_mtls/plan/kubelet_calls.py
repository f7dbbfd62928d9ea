"""Which probes of the kubelet would be refused, because nobody turned them to the proxy's agent (P17, P18)?"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.plan.objection import PROBE_WITHOUT_REWRITE, listed
from kubectl_mtls.plan.step import Step

_REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"


def object_to_kubelet_calls(step: Step) -> Iterator[Objection]:
    """One objection for all workloads."""
    found = dict.fromkeys(word for pod in step.before.pods.values() for word in _refused(step, pod))
    if found:
        yield PROBE_WITHOUT_REWRITE.objection(
            f"the kubelet's probes would be refused: {listed(list(found))}",
            f'annotation {_REWRITE}: "true" and a restart, or leave the port out with --port PORT --to PERMISSIVE',
        )


def _refused(step: Step, pod: Pod) -> Iterator[str]:
    """What runs shows its probes as the injector left them; of a template only the annotation says that it will."""
    if pod.assumed and pod.metadata.annotations.get(_REWRITE) != "false":
        return
    for probe in pod.probes:
        if pod.proxy.is_sidecar and step.closes(pod, probe.port):
            workload = f"{pod.workload} -n {pod.metadata.namespace}"
            yield f"{workload} ({probe.name} of {probe.container}, port {probe.port})"
