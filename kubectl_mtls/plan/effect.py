"""What follows from a change: the rows of `status` and the connections, before it and after it."""

from collections import Counter
from dataclasses import dataclass, replace

from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.certificate_effect import CertificateEffect
from kubectl_mtls.posture.change.difference import NO_DIFFERENCE, Difference, resolve_difference
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.server.accepts import Unknown
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import UNKNOWN, ServiceRow, doubts, mode_word, resolve_services

Modes = tuple[tuple[str, int], ...]
"""How many endpoints accept what, most first."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One Service port, or one workload on the ports that no Service names (`port` 0), before and after."""

    namespace: str
    name: str
    port: int
    before: Modes
    after: Modes

    @property
    def tightens(self) -> bool:
        """Whether something behind it refuses plaintext that did not refuse it before."""
        return dict(self.after).get(ServerMode.STRICT, 0) > dict(self.before).get(ServerMode.STRICT, 0)

    @property
    def only_relaxes(self) -> bool:
        """STRICT to PERMISSIVE: everything that got through still does."""
        words = {word for word, _ in (*self.before, *self.after)}
        return not self.tightens and words <= {ServerMode.STRICT, ServerMode.PERMISSIVE}


@dataclass(frozen=True, slots=True)
class RowDoubt:
    """One Service port of which nobody can tell what it accepts, now or afterwards."""

    namespace: str
    name: str
    port: int
    reasons: tuple[Unknown, ...]


@dataclass(frozen=True, slots=True)
class ServiceEffect:
    """Every Service port that was looked at. `workloads` are the changes on ports that no Service names."""

    total: int
    changed: tuple[RowChange, ...] = ()
    workloads: tuple[RowChange, ...] = ()
    unknown: tuple[RowDoubt, ...] = ()
    connections: Difference = NO_DIFFERENCE

    @property
    def only_relaxes(self) -> bool:
        """Whether everything that gets through today certainly does so afterwards. Nothing to see proves nothing."""
        return bool(self.everything) and not self.unknown and all(change.only_relaxes for change in self.everything)

    @property
    def everything(self) -> tuple[RowChange, ...]:
        """Services and workloads."""
        return (*self.changed, *self.workloads)

    @property
    def reversed(self) -> "ServiceEffect":
        """What follows from the way back."""
        return replace(
            self,
            changed=_reversed(self.changed),
            workloads=_reversed(self.workloads),
            connections=self.connections.reversed,
        )


def _reversed(changes: tuple[RowChange, ...]) -> tuple[RowChange, ...]:
    return tuple(replace(one, before=one.after, after=one.before) for one in changes)


@dataclass(frozen=True, slots=True)
class ClientEffect:
    """What follows where servers accept what they did."""

    connections: Difference = NO_DIFFERENCE


Effect = ServiceEffect | ClientEffect | CertificateEffect


def resolve_client_effect(before: Snapshot, after: Snapshot) -> ClientEffect:
    """The difference of connections alone."""
    return ClientEffect(_connections(before, after))


def _connections(before: Snapshot, after: Snapshot) -> Difference:
    then, now = (TrafficResolver(Connections(Outbound(snapshot))) for snapshot in (before, after))
    return resolve_difference(then, now)


def resolve_effect(before: Snapshot, after: Snapshot, namespace: str | None) -> ServiceEffect:
    """The difference, of rows among the Services and pods of one namespace, or of all (None)."""
    services = [one for one in before.services if namespace in (None, one.metadata.namespace)]
    rows = zip(resolve_services(before, services), resolve_services(after, services), strict=True)
    pairs = [(row, then) for row, then in rows if row.port]
    return ServiceEffect(
        total=len(pairs),
        changed=tuple(
            RowChange(*row.key, _modes(row.modes), _modes(then.modes)) for row, then in pairs if row.modes != then.modes
        ),
        workloads=_changed_workloads(before, after, namespace),
        unknown=tuple(
            RowDoubt(*row.key, (*doubts(row), *doubts(then))) for row, then in pairs if _is_unknown(row, then)
        ),
        connections=_connections(before, after),
    )


def _is_unknown(*rows: ServiceRow) -> bool:
    return any(row.modes[UNKNOWN] for row in rows)


def _changed_workloads(before: Snapshot, after: Snapshot, namespace: str | None) -> tuple[RowChange, ...]:
    now, then = Policies(before), Policies(after)
    counts: dict[tuple[str, str], tuple[Counter[str], Counter[str]]] = {}
    for pod in before.pods.values():
        if namespace not in (None, pod.metadata.namespace):
            continue
        old, new = counts.setdefault(_workload(pod), (Counter(), Counter()))
        old[mode_word(resolve_server(now, pod, 0))] += 1
        new[mode_word(resolve_server(then, pod, 0))] += 1
    return tuple(
        RowChange(*key, 0, _modes(old), _modes(new)) for key, (old, new) in sorted(counts.items()) if old != new
    )


def _workload(pod: Pod) -> tuple[str, str]:
    return pod.metadata.namespace, str(pod.workload)


def _modes(counts: Counter[str]) -> Modes:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
