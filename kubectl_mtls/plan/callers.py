"""Who may call a server without a proxy, and would be refused once it is STRICT (P01, P22)."""

from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import ENDPOINT_SLICE, POD, SERVICE
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.effect import ServiceEffect
from kubectl_mtls.plan.objection import CLIENTS_WITHOUT_PROXY

_NAMED = 8
_OPEN_TYPES = ("NodePort", "LoadBalancer")


def object_to_callers(
    snapshot: Snapshot, effect: ServiceEffect, *, may_tighten: bool, seen: frozenset[str] | None = None
) -> tuple[Objection, ...]:
    """One objection for all of them, when something becomes STRICT, or may and cannot be seen.

    `may_tighten`: whether the change can make anything STRICT at all. `seen`: namespaces whose pods were read.
    """
    tightens = any(change.tightens for change in effect.everything)
    if not may_tighten or not (tightens or effect.unknown or blind_gap(snapshot)):
        return ()
    sentences = [*_naked(snapshot), *_open_services(snapshot, effect), *_blind_spots(snapshot, effect, seen)]
    return (CLIENTS_WITHOUT_PROXY.objection("; ".join(sentences)),) if sentences else ()


def blind_gap(snapshot: Snapshot) -> Gap | None:
    """The first gap behind which servers and their callers may hide."""
    return next((gap for gap in snapshot.gaps if gap.kind in (POD, SERVICE, ENDPOINT_SLICE, None)), None)


def _naked(snapshot: Snapshot) -> Iterator[str]:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pod in snapshot.pods.values():
        if pod.proxy in (Proxy.NONE, Proxy.UNKNOWN) and not _is_istiod(pod):
            found[pod.metadata.namespace].add((pod.workload.kind, pod.workload.name))
    if found:
        counted = [f"{namespace} ({len(workloads)})" for namespace, workloads in sorted(found.items())]
        yield f"workloads without a proxy may call, by namespace: {listed(counted)}"


def listed(words: list[str]) -> str:
    """The first words, and how many more there are."""
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more


def _is_istiod(pod: Pod) -> bool:
    """istiod has no proxy and calls no workload."""
    return pod.labels.get("app") == "istiod"


def _open_services(snapshot: Snapshot, effect: ServiceEffect) -> Iterator[str]:
    """Services that the world outside reaches, where nobody has a certificate of the mesh."""
    stricter = {(change.namespace, change.name) for change in effect.changed if change.tightens}
    found = [
        f"{service.metadata.ref.full} ({service.type})"
        for service in snapshot.services
        if service.type in _OPEN_TYPES and service.key in stricter
    ]
    if found:
        yield f"reached from outside the mesh: {listed(found)}"


def _blind_spots(snapshot: Snapshot, effect: ServiceEffect, seen: frozenset[str] | None) -> Iterator[str]:
    if seen is not None:
        yield f"only namespace {', '.join(sorted(seen))} could be looked at for workloads without a proxy"
    if gap := blind_gap(snapshot):
        yield f"not everything could be looked at: {gap.detail}"
    if effect.unknown:
        ports = [f"{doubt.name}:{doubt.port}" for doubt in effect.unknown]
        yield f"what these accept is UNKNOWN, so it may become STRICT: {listed(ports)}"
