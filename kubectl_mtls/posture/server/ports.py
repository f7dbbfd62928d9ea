"""What a workload accepts on each of its ports, those that no Service names included."""

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.accepts import Accepts
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import ServiceRow

OTHER_PORTS = 0


@dataclass(frozen=True, slots=True)
class PortRow:
    """One port of one pod; port 0 stands for every port that nobody mentions. `services` are "name:port"."""

    pod: Pod
    port: int
    name: str
    services: tuple[str, ...]
    accepts: Accepts


def resolve_ports(snapshot: Snapshot, pods: Iterable[Pod], rows: Iterable[ServiceRow]) -> tuple[PortRow, ...]:
    """Every declared port, every port that a Service or a policy names, and the rest as port 0."""
    policies = Policies(snapshot)
    services: dict[tuple[tuple[str, str], int], list[str]] = {}
    for row in rows:
        for backend in row.backends:
            number = row.port.number if row.port else 0
            services.setdefault((backend.pod.key, backend.port), []).append(f"{row.service.metadata.name}:{number}")
    found: list[PortRow] = []
    for pod in pods:
        names = {port.number: port.name for port in pod.ports if port.protocol == "TCP"}
        workload = policies.levels(pod).workload
        numbers = {
            *names,
            *(port for key, port in services if key == pod.key),
            *(workload.port_modes if workload else ()),
        }
        found += [
            PortRow(
                pod,
                port,
                names.get(port, ""),
                tuple(services.get((pod.key, port), ())),
                resolve_server(policies, pod, port),
            )
            for port in (*sorted(numbers), OTHER_PORTS)
        ]
    return tuple(found)
