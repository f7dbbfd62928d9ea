"""What is behind a host: pods, machines and names?

Source: pilot/pkg/serviceregistry/kube/controller (endpointslice.go, controller.go), serviceentry/conversion.go; 0.1
items 6, 7, 11 to 13 of the specification.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from kubectl_mtls.model.host import is_address, service_host
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.model.service import Service, ServicePort
from kubectl_mtls.model.service_entry import EntryPort, Resolution, ServiceEntry
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.model.workload_entry import DISABLED, TLS_MODE_LABEL, Machine
from kubectl_mtls.posture.cluster.endpoint import Endpoint

_DNS = (Resolution.DNS, Resolution.DNS_ROUND_ROBIN)
_UNIX = "unix://"


class EndpointIndex:
    """The endpoints of every host, worked out when asked for, once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._services = {service_host(*reversed(one.key)): one for one in snapshot.services}
        self._entries: dict[tuple[str, str], list[ServiceEntry]] = defaultdict(list)
        for entry in snapshot.service_entries:
            for host in dict.fromkeys(entry.hosts):
                self._entries[host, entry.metadata.namespace].append(entry)
        self._pods: dict[str, list[Pod]] = defaultdict(list)
        for pod in snapshot.pods.values():
            self._pods[pod.metadata.namespace].append(pod)
        self._by_address = {(pod.metadata.namespace, pod.address): pod for pod in snapshot.pods.values() if pod.address}
        self._found: dict[tuple[str, str], tuple[Endpoint, ...]] = {}

    def of(self, key: tuple[str, str]) -> tuple[Endpoint, ...]:
        """All endpoints of a host's name and namespace, of all ports, terminating ones included."""
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._collect(*key))
        return found

    def _collect(self, name: str, namespace: str) -> Iterator[Endpoint]:
        service = self._services.get(name)
        if service is not None and service.metadata.namespace == namespace:
            yield from self._of_service(service)
        taken: set[int] = set()
        for entry in self._entries.get((name, namespace), ()):
            for endpoint in self._of_entry(entry, name):
                if entry.resolution is Resolution.DNS_ROUND_ROBIN and endpoint.number in taken:
                    continue
                taken.add(endpoint.number)
                yield endpoint

    def _of_service(self, service: Service) -> Iterator[Endpoint]:
        slices = self._snapshot.endpoint_slices.get(service.key)
        if slices is None:
            yield from self._by_selector(service)
        seen: set[tuple[str, str]] = set()
        for one in slices or ():
            if one.address_type == "FQDN":
                continue
            for endpoint in one.endpoints:
                pod = self._snapshot.pods.get(endpoint.pod) if endpoint.pod else None
                if endpoint.pod is not None and pod is None:
                    continue
                for address in endpoint.addresses:
                    behind = pod or self._by_address.get((one.metadata.namespace, address))
                    for name, port in one.ports.items():
                        if (address, name) not in seen:
                            seen.add((address, name))
                            yield _of_pod(address, port, name, behind, terminating=endpoint.terminating)
        if service.cluster_ip != "None" and service.type != "ExternalName" and service.selector:
            yield from self._machines_of(service)

    def _by_selector(self, service: Service) -> Iterator[Endpoint]:
        """Files without EndpointSlices: the pods that the selector means."""
        for pod in self._pods[service.metadata.namespace] if service.selector else ():
            if selects(service.selector, pod.labels):
                for port in service.ports:
                    number = port.target if isinstance(port.target, int) else pod.port_named(port.target)
                    if number is not None:
                        yield _of_pod(pod.address or pod.metadata.name, number, port.name, pod)

    def _machines_of(self, service: Service) -> Iterator[Endpoint]:
        for entry in self._snapshot.workload_entries:
            machine = entry.machine
            inside = entry.metadata.namespace == service.metadata.namespace and entry.healthy
            if inside and not _only_by_dns(machine) and selects(service.selector, machine.labels):
                for port in service.ports:
                    number = _machine_port(machine, port)
                    if number:
                        yield _of_machine(machine, number, port.name, 0, entry.metadata)

    def _of_entry(self, entry: ServiceEntry, host: str) -> Iterator[Endpoint]:
        by_dns = entry.resolution in _DNS
        if entry.match_labels is None and not entry.endpoints and by_dns:
            for port in entry.ports:
                yield Endpoint(host, port.target or port.number, port.name, port.number, entry=entry.metadata)
        elif entry.match_labels is None:
            for machine in entry.endpoints:
                yield from _of_entry_machine(machine, entry.ports, entry.metadata)
        else:
            yield from self._selected(entry, entry.match_labels, by_dns)

    def _selected(self, entry: ServiceEntry, wanted: Labels, by_dns: bool) -> Iterator[Endpoint]:
        for one in self._snapshot.workload_entries:
            inside = one.metadata.namespace == entry.metadata.namespace and one.healthy
            if inside and selects(wanted, one.machine.labels) and (by_dns or not _only_by_dns(one.machine)):
                yield from _of_entry_machine(one.machine, entry.ports, one.metadata)
        for pod in self._pods[entry.metadata.namespace]:
            if pod.ready and (pod.address or pod.assumed) and selects(wanted, pod.labels):
                for port in entry.ports:
                    number = pod.port_named(port.name) if port.name else None
                    address = pod.address or pod.metadata.name
                    yield _of_pod(address, number or port.target or port.number, port.name, pod, port.number)


def _of_pod(
    address: str, port: int, name: str, pod: Pod | None, number: int = 0, *, terminating: bool = False
) -> Endpoint:
    if pod is None:
        return Endpoint(address, port, name, number, terminating=terminating)
    mode = pod.labels.get(TLS_MODE_LABEL, DISABLED)
    kin = (pod.alike, port)
    namespace, account = pod.metadata.namespace, pod.service_account
    return Endpoint(address, port, name, number, mode, namespace, account, terminating, pod, kin=kin)


def _of_machine(machine: Machine, port: int, name: str, number: int, entry: Metadata) -> Endpoint:
    return Endpoint(
        address=machine.address.removeprefix(_UNIX),
        port=port,
        port_name=name,
        number=number,
        tls_mode=machine.tls_mode,
        namespace=entry.namespace,
        service_account=machine.service_account,
        machine=machine,
        entry=entry,
    )


def _of_entry_machine(machine: Machine, ports: Iterable[EntryPort], entry: Metadata) -> Iterator[Endpoint]:
    for port in ports:
        number = machine.ports.get(port.name) or port.target or port.number
        if machine.address.startswith(_UNIX):
            number = 0
        yield _of_machine(machine, number, port.name, port.number, entry)


def _machine_port(machine: Machine, port: ServicePort) -> int | None:
    """The machine's own port behind a Service port; None where it has none of the name (0.1 item 7)."""
    if isinstance(port.target, str):
        return machine.ports.get(port.target)
    return machine.ports.get(port.name) or port.target


def _only_by_dns(machine: Machine) -> bool:
    return bool(machine.address) and not is_address(machine.address)
