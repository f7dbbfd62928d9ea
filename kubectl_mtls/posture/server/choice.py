"""Which part of the mesh one object means: the rows of a Service, of a namespace, of a workload, of a policy."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.ports import PortRow, resolve_ports
from kubectl_mtls.posture.server.services import Backend, ServiceRow


@dataclass(frozen=True, slots=True)
class Choice:
    """Rows per Service port; `ports` where a workload or pod was asked for."""

    rows: tuple[ServiceRow, ...]
    ports: tuple[PortRow, ...] = ()


def choose(snapshot: Snapshot, rows: tuple[ServiceRow, ...], ref: Ref) -> Choice:
    """The part of `rows` that an object means."""
    if ref.kind == kinds.NAMESPACE:
        return Choice(tuple(row for row in rows if row.service.metadata.namespace == ref.name))
    if ref.kind == kinds.SERVICE:
        return Choice(tuple(row for row in rows if row.service.key == (ref.namespace, ref.name)))
    if ref.kind == kinds.PEER_AUTHENTICATION:
        return Choice(_restricted(rows, lambda backend: _concerns(backend, ref)))
    pods = [pod for pod in snapshot.pods.values() if _belongs(pod, ref)]
    keys = {pod.key for pod in pods}
    return Choice(
        _restricted(rows, lambda backend: backend.pod.key in keys),
        resolve_ports(snapshot, pods, rows),
    )


def _belongs(pod: Pod, ref: Ref) -> bool:
    if pod.metadata.namespace != ref.namespace:
        return False
    if ref.kind == kinds.POD:
        return pod.metadata.name == ref.name
    return (pod.workload.kind, pod.workload.name) == (ref.kind.name, ref.name)


def _concerns(backend: Backend, policy: Ref) -> bool:
    """Whether a policy decides this backend's mode, or would if it had not lost."""
    if not isinstance(backend.accepts, Effective):
        return False
    decider = backend.accepts.decided_by
    refs = [lost.policy.metadata.ref for lost in backend.accepts.overruled]
    return policy in refs or (decider is not None and decider.metadata.ref == policy)


def _restricted(rows: Iterable[ServiceRow], wanted: Callable[[Backend], bool]) -> tuple[ServiceRow, ...]:
    kept = (
        replace(row, backends=tuple(filter(wanted, row.backends)), strangers=(), hidden=(), gap=None) for row in rows
    )
    return tuple(row for row in kept if row.backends)


def concerned(choice: Choice) -> frozenset[Ref]:
    """Every object behind the chosen rows: Services, pods, their workloads, and the policies that decide or lost."""
    found: set[Ref] = set()
    states = [(port.pod, port.accepts) for port in choice.ports]
    for row in choice.rows:
        found.add(row.service.metadata.ref)
        states += [(backend.pod, backend.accepts) for backend in row.backends]
    for pod, accepts in states:
        found.add(pod.metadata.ref)
        if kind := kinds.KIND_BY_ALIAS.get(pod.workload.kind.lower()):
            found.add(Ref(kind, pod.metadata.namespace, pod.workload.name))
        if isinstance(accepts, Effective):
            found |= {lost.policy.metadata.ref for lost in accepts.overruled}
            if accepts.decided_by is not None:
                found.add(accepts.decided_by.metadata.ref)
    return frozenset(found)


def unite(choices: Sequence[Choice]) -> Choice:
    """The parts that several objects mean, as one: a row that two of them share has the backends of both."""
    rows: dict[tuple[str, str, int, str], ServiceRow] = {}
    for row in (row for choice in choices for row in choice.rows):
        key = (*row.key, row.port.protocol if row.port else "")
        rows[key] = _joined(rows[key], row) if key in rows else row
    ports = {(port.pod.key, port.port): port for choice in choices for port in choice.ports}
    return Choice(tuple(rows[key] for key in sorted(rows)), tuple(ports.values()))


def _joined(one: ServiceRow, other: ServiceRow) -> ServiceRow:
    backends = {(backend.pod.key, backend.port): backend for backend in (*one.backends, *other.backends)}
    return replace(
        one,
        backends=tuple(backends[key] for key in sorted(backends)),
        strangers=one.strangers or other.strangers,
        hidden=one.hidden or other.hidden,
        gap=one.gap or other.gap,
    )


def is_troubled(row: ServiceRow) -> bool:
    """Whether a row is anything but one of the mesh's modes, alike on every pod."""
    return bool(row.modes) and set(row.modes) not in ({"STRICT"}, {"PERMISSIVE"}, {"GATEWAY"})
