"""What would a cluster hold if these files were applied to it?

Files win over the cluster's objects of the same name, which keep their age; what is new is younger than everything that
is there, whatever the clocks say. Pods that run stay as they are; a workload that has none yet is taken from its
template.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.gap import GapReason
from kubectl_mtls.model.kind import Kind, find_kind
from kubectl_mtls.model.reading import Document, Manifest, Reading
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot

_TIME = re.compile(r"[12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ", re.ASCII)
_KEPT = ("creationTimestamp", "uid", "resourceVersion")
_Key = tuple[Kind | None, str, str]


def apply_documents(cluster: Snapshot, files: Reading, now: datetime) -> Snapshot:
    """The cluster with the files applied. What both could not read stays unread."""
    before = {_key(document): document for document in cluster.documents.values()}
    mine = {_key(document) for document in files.documents}
    youngest = _later_than(cluster, now)
    moved = _moved_services(cluster, build_snapshot(files, live=False))
    documents = [
        *(one for key, one in before.items() if key not in mine and not _is_slice_of(one, moved)),
        *(_aged(one, before.get(_key(one)), youngest) for one in files.documents),
    ]
    gaps = (gap for gap in cluster.gaps if gap.reason is not GapReason.MALFORMED)
    return build_snapshot(Reading(tuple(documents), (*gaps, *files.gaps)), live=False)


def _later_than(cluster: Snapshot, now: datetime) -> str:
    """A second after now, or after the creation of the youngest object: times of creation are whole seconds."""
    written = (str(_metadata(one).get("creationTimestamp") or "") for one in cluster.documents.values())
    latest = max((one for one in written if _TIME.fullmatch(one)), default="")
    moment = max(now, datetime.fromisoformat(latest)) if latest else now
    return f"{moment + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"


def _aged(document: Document, before: Document | None, youngest: str) -> Document:
    """The object as the API server would keep it: with the age of the one that it replaces."""
    metadata = _metadata(document)
    known = _metadata(before) if before else {"creationTimestamp": youngest}
    kept = {key: known[key] for key in _KEPT if known.get(key)}
    return Document({**document.manifest, "metadata": {**metadata, **kept}}, document.origin)


def _moved_services(cluster: Snapshot, files: Snapshot) -> set[tuple[str, str]]:
    """The Services of which the cluster's EndpointSlices would no longer be true: their selector then says who answers.

    Those that the files change, and those that select a workload that has no pod yet.
    """
    known = {service.key: service for service in cluster.services}
    found = {
        service.key
        for service in files.services
        if service.key in known
        and (known[service.key].selector, known[service.key].ports) != (service.selector, service.ports)
    }
    running = {(pod.metadata.namespace, pod.workload) for pod in cluster.pods.values()}
    for pod in files.pods.values():
        if (pod.metadata.namespace, pod.workload) not in running:
            found |= {
                service.key
                for service in (*files.services, *cluster.services)
                if service.metadata.namespace == pod.metadata.namespace
                and service.selector
                and selects(service.selector, pod.labels)
            }
    return found


def _is_slice_of(document: Document, services: set[tuple[str, str]]) -> bool:
    if document.manifest.get("kind") != kinds.ENDPOINT_SLICE.name:
        return False
    labels = _metadata(document).get("labels") or {}
    return (str(_metadata(document).get("namespace")), labels.get("kubernetes.io/service-name")) in services


def namespaces_of(files: Reading) -> Iterator[tuple[Kind, str]]:
    """Kind and namespace of every object in files; a Namespace stands for itself."""
    for document in files.documents:
        kind, namespace, name = _key(document)
        if kind == kinds.NAMESPACE:
            yield kind, name
        elif kind is not None and kind.namespaced:
            yield kind, namespace


def _key(document: Document) -> _Key:
    manifest, metadata = document.manifest, _metadata(document)
    kind = find_kind(str(manifest.get("apiVersion") or ""), str(manifest.get("kind") or ""))
    namespace = str(metadata.get("namespace") or "default") if kind is None or kind.namespaced else ""
    return kind, namespace, str(metadata.get("name") or "")


def _metadata(document: Document) -> Manifest:
    metadata = document.manifest.get("metadata")
    return dict(metadata) if isinstance(metadata, Mapping) else {}
