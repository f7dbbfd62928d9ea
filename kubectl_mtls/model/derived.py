"""What do workloads say where files hold no pods of them: which pods they would have, and which Secrets those mount."""

from collections.abc import Iterable, Mapping

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.kind import WORKLOAD_KINDS
from kubectl_mtls.model.metadata import parse_metadata
from kubectl_mtls.model.mounts import Mounts, parse_mounts
from kubectl_mtls.model.namespace import Namespace
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.parsed import Parsed, has_owner, namespace_of
from kubectl_mtls.model.pod import Pod, Workload
from kubectl_mtls.model.template import derive_pod


def derived_pods(
    parsed: Parsed, namespaces: Mapping[str, Namespace], pods: Iterable[Pod]
) -> dict[tuple[str, str], Pod]:
    """One pod for each workload that has none in the files, finished ones and those of a CronJob's Jobs included."""
    present = {(pod.metadata.namespace, pod.workload) for pod in pods}
    for job in parsed.of(kinds.JOB, parse_metadata):
        if job.owner and (job.namespace, Workload(kinds.JOB.name, job.name)) in present:
            present.add((job.namespace, Workload(job.owner.kind, job.owner.name)))
    derived: dict[tuple[str, str], Pod] = {}
    for kind in WORKLOAD_KINDS:
        written = (d for d in parsed.by_kind.get(kind, ()) if isinstance(d.origin, FileOrigin))
        documents = [d for d in written if not has_owner(d)]
        for pod in parsed.all(documents, lambda d: derive_pod(d, namespaces.get(namespace_of(d)))):
            if (pod.metadata.namespace, pod.workload) not in present:
                derived.setdefault(pod.key, pod)
    return derived


def mounts_of(parsed: Parsed, *, live: bool) -> tuple[Mounts, ...]:
    """Of workloads that nobody owns. Pods come from a cluster without their volumes, so only those of files count."""
    found = (d for kind in (*WORKLOAD_KINDS, *(() if live else (kinds.POD,))) for d in parsed.by_kind.get(kind, ()))
    return tuple(parsed.all([d for d in found if d.typed is None and not has_owner(d)], parse_mounts))
