"""Which ports would a Prometheus outside of the mesh lose, by the annotations that it goes by (P21)?"""

from collections.abc import Iterator, Mapping

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.service import Service
from kubectl_mtls.plan.objection import SCRAPED_PORT, listed
from kubectl_mtls.plan.step import Step

_SCRAPE, _PORT = "prometheus.io/scrape", "prometheus.io/port"


def object_to_scrapes(step: Step) -> Iterator[Objection]:
    """One objection for all workloads. Where Istio merges metrics the annotations name a port that stays open."""
    found = dict.fromkeys((*_by_pods(step), *_by_services(step)))
    if found:
        yield SCRAPED_PORT.objection(
            f"annotations say that Prometheus scrapes what would refuse it: {listed(list(found))}",
            "let Istio merge the metrics, or leave the port out with --port PORT --to PERMISSIVE",
        )


def _by_pods(step: Step) -> Iterator[str]:
    for pod in step.before.pods.values():
        if pod.proxy.is_sidecar and not pod.assumed:
            yield from _closing(step, pod, pod.metadata.annotations)


def _by_services(step: Step) -> Iterator[str]:
    for service in step.closing_services:
        if service.selector and _is_scraped(service.metadata.annotations):
            for pod in _behind(step, service):
                yield from _closing(step, pod, service.metadata.annotations)


def _behind(step: Step, service: Service) -> Iterator[Pod]:
    for pod in step.before.pods.values():
        if pod.metadata.namespace == service.metadata.namespace and selects(service.selector, pod.labels):
            yield pod


def _closing(step: Step, pod: Pod, annotations: Mapping[str, str]) -> Iterator[str]:
    """Without a port that is named, every port that the pod declares is scraped."""
    if not _is_scraped(annotations):
        return
    named = annotations.get(_PORT, "")
    ports = [int(named)] if named.isdecimal() and len(named) < 6 else [port.number for port in pod.ports]
    for port in ports:
        if step.closes(pod, port):
            yield f"{pod.workload} -n {pod.metadata.namespace} (port {port})"


def _is_scraped(annotations: Mapping[str, str]) -> bool:
    return annotations.get(_SCRAPE) == "true"
