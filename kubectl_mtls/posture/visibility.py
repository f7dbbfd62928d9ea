"""Which hosts a client's proxy knows: exportTo, Sidecar egress, and one namespace for every name.

Source: pilot/pkg/model/sidecar.go (selectServices, appendSidecarServices, collectImportedServices) and push_context.go
(initServiceRegistry, getSidecarScope).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.model.sidecar import Egress, Sidecar
from kubectl_mtls.model.virtual_service import VirtualService
from kubectl_mtls.posture.egress import Imports, parse_imports
from kubectl_mtls.posture.registry import Host
from kubectl_mtls.posture.settings import Settings

_EVERYTHING = (Egress(("*/*",), 0),)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What one proxy knows: hosts by name. `sidecar` is the object that limits it, None where nothing does.

    `outbound_mode` is what becomes of traffic to any other host.
    """

    hosts: Mapping[str, Host]
    sidecar: Sidecar | None
    outbound_mode: str


class Visibility:
    """The scopes of a mesh as one control plane makes them, each once."""

    def __init__(
        self,
        hosts: Iterable[Host],
        sidecars: Iterable[Sidecar],
        virtual_services: Iterable[VirtualService],
        settings: Settings,
    ) -> None:
        self.settings = settings
        self.public: list[Host] = []
        self.exported: dict[str, list[Host]] = defaultdict(list)
        self.by_name: dict[str, list[Host]] = defaultdict(list)
        for host in hosts:
            self._place(host)
        self._sidecars: dict[str, list[Sidecar]] = defaultdict(list)
        for sidecar in sorted(sidecars, key=lambda one: one.match_labels is None):
            self._sidecars[sidecar.metadata.namespace].append(sidecar)
        self._virtual_services = tuple(one for one in virtual_services if one.is_for_sidecars)
        self._scopes: dict[tuple[object, ...], Scope] = {}
        self._contested = {host.namespace for found in self.by_name.values() if len(found) > 1 for host in found}
        every = [host for found in self.by_name.values() for host in found]
        hidden = {host.namespace for host in every if not self.sees(host, host.namespace)}
        self._hiding = hidden if self._virtual_services else set()

    def _place(self, host: Host) -> None:
        self.by_name[host.name].append(host)
        export_to = self._export_to(host)
        if "*" in export_to:
            self.public.append(host)
        elif "~" not in export_to:
            for namespace in {host.namespace if one == "." else one for one in export_to}:
                self.exported[namespace].append(host)

    def _export_to(self, host: Host) -> frozenset[str]:
        return host.export_to or self.settings.service_export_to

    def sees(self, host: Host, namespace: str) -> bool:
        """Whether a host is exported to a namespace (IsServiceVisible)."""
        export_to = self._export_to(host)
        return "*" in export_to or namespace in export_to or ("." in export_to and host.namespace == namespace)

    def exported_to(self, namespace: str) -> list[Host]:
        """The hosts that a namespace may use: first those for it alone, then those for everybody."""
        return [*self.exported.get(namespace, ()), *self.public]

    def sidecar_of(self, namespace: str, labels: Labels) -> Sidecar | None:
        """The Sidecar of a workload: its namespace's, with a selector first, else the root namespace's."""
        for sidecar in self._sidecars.get(namespace, ()):
            if sidecar.match_labels is None or selects(sidecar.match_labels, labels):
                return sidecar
        of_root = self._sidecars.get(self.settings.root_namespace, ())
        return next((one for one in of_root if one.match_labels is None), None)

    def selector_keys(self, namespace: str) -> set[str]:
        """The labels by which Sidecars of a namespace tell workloads apart."""
        return {key for one in self._sidecars.get(namespace, ()) for key in one.match_labels or ()}

    def is_plain(self, namespace: str) -> bool:
        """Whether a namespace without Sidecar knows just what is exported to everybody."""
        return not any(namespace in places for places in (self.exported, self._contested, self._hiding))

    def scope(self, namespace: str, sidecar: Sidecar | None, *, gateway: bool = False) -> Scope:
        """What a proxy of a namespace knows. Gateways have no Sidecar."""
        plain = sidecar is None and self.is_plain(namespace)
        key = (None if plain else namespace, sidecar.metadata.ref if sidecar else None, gateway)
        found = self._scopes.get(key)
        if found is None:
            found = self._scopes[key] = self._make(namespace, sidecar, gateway)
        return found

    def _make(self, namespace: str, sidecar: Sidecar | None, gateway: bool) -> Scope:
        hosts: dict[str, Host] = {}
        if gateway:
            for host in self.exported_to(namespace):
                _add(hosts, host)
        else:
            for egress in (sidecar.egress if sidecar else ()) or _EVERYTHING:
                self._import(hosts, parse_imports(egress, namespace), namespace)
        mode = (sidecar.outbound if sidecar else "") or self.settings.outbound_mode
        return Scope(hosts, sidecar, mode)

    def _import(self, hosts: dict[str, Host], imports: Imports, namespace: str) -> None:
        for host in _one_namespace_each(self._matching(imports, namespace), namespace):
            _add(hosts, host)
        if imports.is_everything and namespace not in self._hiding:
            return
        for service in self._virtual_services:
            if self._is_exported(service, namespace) and imports.takes_any(service.metadata.namespace, service.hosts):
                self._add_destinations(hosts, service, imports, namespace)

    def _matching(self, imports: Imports, namespace: str) -> Iterator[Host]:
        for host in self.exported_to(namespace):
            if imports.takes(host.namespace, host.name):
                found = _with_port(host, imports.port) if imports.port else host
                if found is not None:
                    yield found

    def _is_exported(self, service: VirtualService, namespace: str) -> bool:
        export_to = frozenset(service.export_to) or self.settings.virtual_service_export_to
        own = service.metadata.namespace == namespace
        return "*" in export_to or namespace in export_to or ("." in export_to and own)

    def _add_destinations(
        self, hosts: dict[str, Host], service: VirtualService, imports: Imports, namespace: str
    ) -> None:
        ports: dict[str, set[int]] = defaultdict(set)
        for one in service.destinations:
            if not one.source_namespaces or namespace in one.source_namespaces:
                ports[one.host].add(one.port)
        for name, wanted in ports.items():
            host = self._best(name, namespace)
            if host is not None and imports.port:
                host = _with_port(host, imports.port)
            elif host is not None and 0 not in wanted:
                host = _with_ports(host, wanted)
            if host is not None:
                _add(hosts, host)

    def _best(self, name: str, namespace: str) -> Host | None:
        """The own namespace's host of that name, exported or not, else a Service that is, else the oldest host.

        Source: collectImportedServices, pickBestVisibleNamespace.
        """
        found = self.by_name.get(name, ())
        own = [host for host in found if host.namespace == namespace]
        if own:
            return next((host for host in own if host.kubernetes), own[0])
        seen = [host for host in found if self.sees(host, namespace)]
        return min(seen, key=lambda host: (not host.kubernetes, host.age_order), default=None)


def _one_namespace_each(found: Iterable[Host], namespace: str) -> list[Host]:
    """Of hosts with one name only those of one namespace: the client's own, else a Service's, else the first."""
    kept = list(found)
    chosen: dict[str, Host] = {}
    for host in kept:
        before = chosen.get(host.name)
        if before is None or host.namespace == namespace or _goes_before(host, before, namespace):
            chosen[host.name] = host
    return [host for host in kept if chosen[host.name].namespace == host.namespace]


def _goes_before(host: Host, before: Host, namespace: str) -> bool:
    return host.kubernetes and not before.kubernetes and before.namespace != namespace


def _add(hosts: dict[str, Host], host: Host) -> None:
    """Services go before ServiceEntries, older before younger; ports of equals are united."""
    before = hosts.get(host.name)
    if before is None or (not before.kubernetes and host.kubernetes):
        hosts[host.name] = host
    elif before.kubernetes == host.kubernetes and before.ports != host.ports and _are_alike(before, host):
        numbers = {port.number for port in before.ports}
        added = tuple(port for port in host.ports if port.number not in numbers)
        hosts[host.name] = replace(before, ports=(*before.ports, *added))


def _are_alike(one: Host, other: Host) -> bool:
    return (
        one.namespace == other.namespace
        and one.discovery is other.discovery
        and dict(one.source.labels) == dict(other.source.labels)
        and dict(one.selector or {}) == dict(other.selector or {})
        and one.export_to == other.export_to
    )


def _with_port(host: Host, number: int) -> Host | None:
    found = host.port(number)
    if found is None or len(host.ports) == 1:
        return host if found else None
    return replace(host, ports=(found,))


def _with_ports(host: Host, numbers: set[int]) -> Host | None:
    found = tuple(port for port in host.ports if port.number in numbers)
    if len(found) == len(host.ports):
        return host
    return replace(host, ports=found) if found else None
