"""Who may call a server without a proxy, and would be refused once it is STRICT (P01)."""

from collections import defaultdict

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.kind import POD
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.effect import ServiceEffect
from kubectl_mtls.plan.objection import CLIENTS_WITHOUT_PROXY

_NAMED = 8


def object_to_callers(
    snapshot: Snapshot, effect: ServiceEffect, seen: frozenset[str] | None = None
) -> tuple[Objection, ...]:
    """One objection for all of them, when something becomes STRICT. `seen`: namespaces whose pods were read."""
    if not any(change.tightens for change in effect.everything):
        return ()
    sentences = []
    if naked := _naked_workloads(snapshot):
        counted = [f"{namespace} ({len(workloads)})" for namespace, workloads in sorted(naked.items())]
        listed = ", ".join(counted[:_NAMED]) + (f" and {len(counted) - _NAMED} more" if len(counted) > _NAMED else "")
        sentences.append(f"workloads without a proxy may call, by namespace: {listed}")
    if blind := _blind_spot(snapshot, seen):
        sentences.append(blind)
    return (CLIENTS_WITHOUT_PROXY.objection("; ".join(sentences)),) if sentences else ()


def _naked_workloads(snapshot: Snapshot) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for pod in snapshot.pods.values():
        if pod.proxy in (Proxy.NONE, Proxy.UNKNOWN) and not _is_istiod(pod):
            found[pod.metadata.namespace].add((pod.workload.kind, pod.workload.name))
    return found


def _is_istiod(pod: Pod) -> bool:
    """istiod has no proxy and calls no workload."""
    return pod.labels.get("app") == "istiod"


def _blind_spot(snapshot: Snapshot, seen: frozenset[str] | None) -> str | None:
    if seen is not None:
        return f"only namespace {', '.join(sorted(seen))} could be looked at for workloads without a proxy"
    gap = next((gap for gap in snapshot.gaps if gap.kind in (POD, None)), None)
    return f"not all workloads could be looked at: {gap.detail}" if gap else None
