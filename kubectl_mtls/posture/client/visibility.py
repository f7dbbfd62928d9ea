"""Which hosts a client's proxy knows: exportTo, Sidecar egress, and one namespace for every name.

Source: pilot/pkg/model/sidecar.go (collectImportedServices) and push_context.go (getSidecarScope).
"""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.model.sidecar import Egress, Sidecar
from kubectl_mtls.model.virtual_service import VirtualService
from kubectl_mtls.posture.client.egress import Imports, parse_imports
from kubectl_mtls.posture.client.exports import Exports
from kubectl_mtls.posture.client.namesakes import add_host, one_namespace_each, with_port, with_ports
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.client.settings import Settings

_EVERYTHING = (Egress(("*/*",), 0),)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What one proxy knows: hosts by name. `sidecar` is the object that says so, None where nothing does.

    `outbound_mode` is what becomes of traffic to any other host. `is_limited`: the Sidecar leaves something out.
    """

    hosts: Mapping[str, Host]
    sidecar: Sidecar | None
    outbound_mode: str
    is_limited: bool


class Visibility:
    """The scopes of a mesh as one control plane makes them, each once; those without limits share what they can."""

    def __init__(
        self,
        hosts: Iterable[Host],
        sidecars: Iterable[Sidecar],
        virtual_services: Iterable[VirtualService],
        settings: Settings,
    ) -> None:
        self.settings = settings
        self._exports = Exports(hosts, settings.service_export_to)
        self._sidecars: dict[str, list[Sidecar]] = defaultdict(list)
        for sidecar in sorted(sidecars, key=lambda one: one.match_labels is None):
            self._sidecars[sidecar.metadata.namespace].append(sidecar)
        self._virtual_services: dict[str, list[tuple[int, VirtualService]]] = defaultdict(list)
        for number, one in enumerate(virtual_services):
            if one.is_for_sidecars:
                self._virtual_services[one.metadata.namespace].append((number, one))
        self._scopes: dict[tuple[object, ...], Scope] = {}
        self._common: dict[bool, dict[str, Host]] = {}
        every = (host for found in self._exports.by_name.values() for host in found)
        hidden = {host.namespace for host in every if not self._exports.sees(host, host.namespace)}
        self._hiding = hidden if self._virtual_services else set()

    def sidecar_of(self, namespace: str, labels: Labels) -> Sidecar | None:
        """The Sidecar of a workload: its namespace's, with a selector first, else the root namespace's."""
        for sidecar in self._sidecars.get(namespace, ()):
            if sidecar.match_labels is None or selects(sidecar.match_labels, labels):
                return sidecar
        of_root = self._sidecars.get(self.settings.root_namespace, ())
        return next((one for one in of_root if one.match_labels is None), None)

    def scope(self, namespace: str, sidecar: Sidecar | None, *, gateway: bool = False) -> Scope:
        """What a proxy of a namespace knows. Gateways have no Sidecar."""
        key = (namespace, sidecar.metadata.ref if sidecar else None, gateway)
        found = self._scopes.get(key)
        if found is None:
            found = self._scopes[key] = self._make(namespace, sidecar, gateway)
        return found

    def _make(self, namespace: str, sidecar: Sidecar | None, gateway: bool) -> Scope:
        mode = (sidecar.outbound if sidecar else "") or self.settings.outbound_mode
        listeners = [parse_imports(one, namespace) for one in (sidecar.egress if sidecar else ()) or _EVERYTHING]
        is_limited = not any(one.is_everything for one in listeners)
        if gateway or not (is_limited or namespace in self._hiding):
            return Scope(self._everything(namespace, gateway), sidecar, mode, is_limited=False)
        hosts: dict[str, Host] = {}
        for imports in listeners:
            self._import(hosts, imports, namespace)
        return Scope(hosts, sidecar, mode, is_limited)

    def _everything(self, namespace: str, gateway: bool) -> Mapping[str, Host]:
        """All that is exported to a namespace: what everybody knows, and before it what is peculiar to this one."""
        if gateway not in self._common:
            self._common[gateway] = _united(self._exports.to_everybody, None if gateway else "")
        peculiar = list(self._exports.peculiar_to(namespace))
        own = _united(peculiar, None if gateway else namespace)
        return ChainMap(own, self._common[gateway]) if own else self._common[gateway]

    def _import(self, hosts: dict[str, Host], imports: Imports, namespace: str) -> None:
        owners = imports.owners
        found = (host for host in self._exports.to(namespace, owners) if imports.takes(host.namespace, host.name))
        ported = (with_port(host, imports.port) if imports.port else host for host in found)
        for host in one_namespace_each((one for one in ported if one is not None), namespace):
            add_host(hosts, host)
        if imports.is_everything and namespace not in self._hiding:
            return
        for service in self._services_of(owners):
            if self._is_exported(service, namespace) and imports.takes_any(service.metadata.namespace, service.hosts):
                self._add_destinations(hosts, service, imports, namespace)

    def _services_of(self, owners: Sequence[str] | None) -> list[VirtualService]:
        places = self._virtual_services if owners is None else owners
        numbered = (one for place in places for one in self._virtual_services.get(place, ()))
        return [service for _, service in sorted(numbered, key=lambda one: one[0])]

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
                host = with_port(host, imports.port)
            elif host is not None and 0 not in wanted:
                host = with_ports(host, wanted)
            if host is not None:
                add_host(hosts, host)

    def _best(self, name: str, namespace: str) -> Host | None:
        """The own namespace's host of that name, exported or not, else a Service that is, else the oldest host.

        Source: collectImportedServices, pickBestVisibleNamespace.
        """
        found = self._exports.by_name.get(name, ())
        own = [host for host in found if host.namespace == namespace]
        if own:
            return next((host for host in own if host.kubernetes), own[0])
        seen = [host for host in found if self._exports.sees(host, namespace)]
        return min(seen, key=lambda host: (not host.kubernetes, host.age_order), default=None)


def _united(found: Iterable[Host], namespace: str | None) -> dict[str, Host]:
    """Each name once, as a namespace without Sidecar knows it; a gateway (None) takes the names of all namespaces."""
    hosts: dict[str, Host] = {}
    for host in found if namespace is None else one_namespace_each(found, namespace):
        add_host(hosts, host)
    return hosts
