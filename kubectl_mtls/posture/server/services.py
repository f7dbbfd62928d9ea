"""What every Service accepts: one row per Service and port, with what each pod behind it accepts there.

The rows that `status` shows and that plans compare before and after a change.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import ENDPOINT_SLICE, POD
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.service import Service, ServicePort
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.accepts import Accepts, Doubt, Effective, GatewayProxy, NoProxy, Unknown, WaypointProxy
from kubectl_mtls.posture.server.server import Policies, resolve_server


@dataclass(frozen=True, slots=True)
class Backend:
    """One pod behind a Service port. `port` is the pod's own port."""

    pod: Pod
    port: int
    accepts: Accepts


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One Service port. `port` is None for a Service without ports (ExternalName).

    `strangers` are addresses that belong to no pod we know; `assumed` says that the pods were found by the Service's
    selector because there is no EndpointSlice, or that they are derived from templates. `hidden` are the pods that an
    EndpointSlice names and that could not be read; behind `gap` may be more, when it is not None.
    """

    service: Service
    port: ServicePort | None
    backends: tuple[Backend, ...]
    strangers: tuple[str, ...] = ()
    assumed: bool = False
    hidden: tuple[tuple[str, str], ...] = ()
    gap: Gap | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """Namespace, name and port number: what rows are compared by."""
        return (*self.service.key, self.port.number if self.port else 0)

    @property
    def in_mesh(self) -> int:
        """Pods that have a proxy of the mesh."""
        return sum(backend.pod.proxy.in_mesh for backend in self.backends)

    @property
    def total(self) -> int:
        """Everything behind the Service: pods, read or not, and addresses that are no pod."""
        return len(self.backends) + len(self.strangers) + len(self.hidden)

    @property
    def modes(self) -> Counter[str]:
        """How many of the endpoints accept what, by the word that `status` shows."""
        counts = Counter(mode_word(backend.accepts) for backend in self.backends)
        if self.strangers:
            counts[NONE] += len(self.strangers)
        if self.gap:
            counts[UNKNOWN] += max(1, len(self.hidden))
        return counts


NONE, GATEWAY, UNKNOWN = "NONE", "GATEWAY", "UNKNOWN"


def mode_word(accepts: Accepts) -> str:
    """STRICT, PERMISSIVE or DISABLE; NONE where no proxy stands before the application; GATEWAY; UNKNOWN."""
    match accepts:
        case Effective():
            return accepts.mode.value
        case NoProxy():
            return NONE
        case GatewayProxy() | WaypointProxy():
            return GATEWAY
        case Unknown():
            return UNKNOWN


def refuses_plaintext(accepts: Accepts) -> bool:
    """Whether only mutual TLS gets through."""
    return isinstance(accepts, Effective) and accepts.mode is ServerMode.STRICT


def resolve_services(snapshot: Snapshot, services: Iterable[Service] | None = None) -> tuple[ServiceRow, ...]:
    """A row for every port of the given Services (default: all), in order of namespace, name and port."""
    policies = Policies(snapshot)
    pods_by_namespace: dict[str, list[Pod]] = defaultdict(list)
    for pod in snapshot.pods.values():
        pods_by_namespace[pod.metadata.namespace].append(pod)
    rows: list[ServiceRow] = []
    for service in snapshot.services if services is None else services:
        if not service.ports:
            rows.append(ServiceRow(service, None, ()))
        neighbours = pods_by_namespace[service.metadata.namespace]
        rows.extend(_row(policies, service, port, neighbours) for port in service.ports)
    return tuple(sorted(rows, key=lambda row: row.key))


def _row(policies: Policies, service: Service, port: ServicePort, neighbours: list[Pod]) -> ServiceRow:
    slices = policies.snapshot.endpoint_slices.get(service.key)
    if port.protocol == "UDP" or service.type == "ExternalName":
        return ServiceRow(service, port, ())
    if slices is None:
        return _row_by_selector(policies, service, port, neighbours)
    reached: dict[tuple[tuple[str, str], int], Backend] = {}
    strangers: dict[str, None] = {}
    hidden: dict[tuple[str, str], Gap] = {}
    for one in slices:
        number = one.ports.get(port.name)
        for endpoint in one.endpoints if number is not None else ():
            found = policies.snapshot.pods.get(endpoint.pod) if endpoint.pod else None
            if number is not None and found is not None:
                reached[found.key, number] = Backend(found, number, resolve_server(policies, found, number))
            elif endpoint.pod is None:
                strangers.update(dict.fromkeys(endpoint.addresses))
            elif gap := policies.snapshot.gap_hiding(POD, *endpoint.pod):
                hidden[endpoint.pod] = gap
    backends = tuple(sorted(reached.values(), key=lambda backend: (backend.pod.key, backend.port)))
    return ServiceRow(
        service,
        port,
        backends,
        tuple(strangers),
        any(backend.pod.assumed for backend in backends),
        tuple(hidden),
        next(iter(hidden.values()), None),
    )


def _row_by_selector(policies: Policies, service: Service, port: ServicePort, neighbours: list[Pod]) -> ServiceRow:
    """What stands behind a Service of which no EndpointSlice was read."""
    snapshot, namespace = policies.snapshot, service.metadata.namespace
    found: list[Backend] = []
    for pod in neighbours if service.selector else ():
        number = target_port(pod, port)
        if number is not None and selects(service.selector, pod.labels):
            found.append(Backend(pod, number, resolve_server(policies, pod, number)))
    kind = POD if service.selector else ENDPOINT_SLICE
    gap = None if found else snapshot.gap_hiding(kind, namespace)
    return ServiceRow(service, port, tuple(found), assumed=bool(found), gap=gap)


def target_port(pod: Pod, port: ServicePort) -> int | None:
    """The pod's own port behind a Service port; None when the pod has no port of that name."""
    return port.target if isinstance(port.target, int) else pod.port_named(port.target)


def doubts(row: ServiceRow) -> tuple[Unknown, ...]:
    """Why parts of the row are UNKNOWN, each reason once."""
    found = {
        (b.accepts.why, b.accepts.gap, b.accepts.envoy_filter is not None): b.accepts
        for b in row.backends
        if isinstance(b.accepts, Unknown)
    }
    hidden = (Unknown(Doubt.GAP, gap=row.gap),) if row.gap else ()
    return (*found.values(), *hidden)
