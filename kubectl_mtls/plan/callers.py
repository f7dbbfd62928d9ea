"""Who may call a server without a proxy, and would be refused once it is STRICT (P01)?

Nothing says that they call, so all of them are one objection, and those of the servers' own namespaces another: they
are the likely ones. Callers for which there is evidence have files of their own.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import ENDPOINT_SLICE, POD, SERVICE
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.service import Service
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.objection import CLIENTS_WITHOUT_PROXY, NEIGHBOUR_WITHOUT_PROXY, listed
from kubectl_mtls.plan.step import Step
from kubectl_mtls.posture.change.network_reach import NetworkReach

_WITHOUT_PROXY = (Proxy.NONE, Proxy.UNKNOWN)
_Workloads = Mapping[str, set[str]]


def object_to_callers(step: Step) -> tuple[Objection, ...]:
    """One objection for neighbours and one for all others, when something becomes STRICT, or may and cannot be seen."""
    if not step.may_tighten or not (_tightens(step) or step.effect.unknown or blind_gap(step.before)):
        return ()
    naked = _naked(step)
    near = {namespace for namespace, _ in step.closing} & naked.keys()
    sentences = [*_far(naked, near), *_blind_spots(step)]
    others = CLIENTS_WITHOUT_PROXY.objection("; ".join(sentences))
    return (*_neighbours(naked, near), *([others] if sentences else []))


def _tightens(step: Step) -> bool:
    """Whether a Service begins to refuse them; where none changes, whether a workload does on ports without one."""
    if any(change.tightens for change in step.effect.changed):
        return bool(step.closing)
    return any(change.tightens for change in step.effect.workloads)


def blind_gap(snapshot: Snapshot) -> Gap | None:
    """The first gap behind which servers and their callers may hide."""
    return next((gap for gap in snapshot.gaps if gap.kind in (POD, SERVICE, ENDPOINT_SLICE, None)), None)


def _naked(step: Step) -> _Workloads:
    """The workloads without a proxy, by namespace, that a NetworkPolicy does not keep away already.

    istiod has no proxy either, and calls no workload.
    """
    snapshot = step.before
    planes = {one.metadata.namespace for one in snapshot.istiods}
    planes |= {mesh.source.namespace for mesh in snapshot.mesh_configs.values() if mesh.source}
    reach = NetworkReach(snapshot, _servers(step))
    found: dict[str, set[str]] = defaultdict(set)
    for pod in snapshot.pods.values():
        is_istiod = pod.labels.get("app") == "istiod" and pod.metadata.namespace in planes
        if pod.proxy in _WITHOUT_PROXY and not is_istiod and reach.may_come(pod):
            found[pod.metadata.namespace].add(str(pod.workload))
    return found


def _servers(step: Step) -> list[Pod]:
    """The pods behind what begins to refuse plaintext; none where a Service does not say which those are."""
    if not all(service.selector for service in step.closing_services):
        return []
    wanted: dict[str, list[Service]] = defaultdict(list)
    for service in step.closing_services:
        wanted[service.metadata.namespace].append(service)
    return [
        pod
        for pod in step.before.pods.values()
        if any(selects(service.selector, pod.labels) for service in wanted.get(pod.metadata.namespace, ()))
    ]


def _neighbours(naked: _Workloads, near: set[str]) -> Iterator[Objection]:
    found = [f"{workload} -n {namespace}" for namespace in sorted(near) for workload in sorted(naked[namespace])]
    if found:
        yield NEIGHBOUR_WITHOUT_PROXY.objection(
            f"without a proxy, in a namespace in which something begins to refuse plaintext: {listed(found)}",
            "give them a proxy, or leave out the ports that they call",
        )


def _far(naked: _Workloads, near: set[str]) -> Iterator[str]:
    counted = [f"{namespace} ({len(naked[namespace])})" for namespace in sorted(naked.keys() - near)]
    if counted:
        yield f"workloads without a proxy may call, by namespace: {listed(counted)}"


def _blind_spots(step: Step) -> Iterator[str]:
    if step.seen is not None:
        yield f"only namespace {', '.join(sorted(step.seen))} could be looked at for workloads without a proxy"
    if gap := blind_gap(step.before):
        yield f"not everything could be looked at: {gap.detail}"
    if step.effect.unknown:
        ports = [f"{doubt.name}:{doubt.port}" for doubt in step.effect.unknown]
        yield f"what these accept is UNKNOWN, so it may become STRICT: {listed(ports)}"
