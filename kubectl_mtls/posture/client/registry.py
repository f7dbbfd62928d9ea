"""Every host that a client can name, from Services and ServiceEntries, as istiod's registries have them.

Source: pkg/config/kube (ConvertService), pilot/pkg/serviceregistry/serviceentry/conversion.go (convertServices).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from kubectl_mtls.model.host import is_wildcard, service_host
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.service import Service
from kubectl_mtls.model.service_entry import Location, Resolution, ServiceEntry
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.cluster.protocol import PortProtocol, entry_port_protocol, service_port_protocol

EXPORT_ANNOTATION = "networking.istio.io/exportTo"
_AGELESS = datetime.min.replace(tzinfo=UTC)


class Discovery(StrEnum):
    """How a proxy finds the addresses of a host (pilot/pkg/model Resolution)."""

    ENDPOINTS = "endpoints"
    DNS = "DNS"
    DNS_ROUND_ROBIN = "DNS round robin"
    PASSTHROUGH = "original destination"
    DYNAMIC_DNS = "dynamic DNS"
    ALIAS = "alias"


_DISCOVERY = {
    Resolution.NONE: Discovery.PASSTHROUGH,
    Resolution.STATIC: Discovery.ENDPOINTS,
    Resolution.DNS: Discovery.DNS,
    Resolution.DNS_ROUND_ROBIN: Discovery.DNS_ROUND_ROBIN,
    Resolution.DYNAMIC_DNS: Discovery.DYNAMIC_DNS,
}


@dataclass(frozen=True, slots=True)
class HostPort:
    """One port of a host, by Service port number. `word` is the protocol as a ServiceEntry writes it."""

    name: str
    number: int
    protocol: PortProtocol
    word: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """One name in one namespace. `export_to` empty means that the mesh's default holds.

    `source` is the Service or ServiceEntry. `external` says that auto mTLS never holds. `alias_of` is the target of an
    ExternalName. `subject_alt_names` are names that the server's certificate may also have. `addresses` are its own,
    empty where clients get those of its endpoints.
    """

    name: str
    namespace: str
    source: Metadata
    kubernetes: bool
    external: bool
    discovery: Discovery
    ports: tuple[HostPort, ...]
    export_to: frozenset[str]
    selector: Labels | None
    alias_of: str = ""
    subject_alt_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Name and namespace: hosts of the same key share their endpoints."""
        return (self.name, self.namespace)

    @property
    def age_order(self) -> tuple[datetime, str, str]:
        """Creation, then the name in the registry, then the namespace (SortServicesByCreationTime)."""
        name = self.source.name if self.kubernetes else self.name
        return (self.source.created_at or _AGELESS, name, self.namespace)

    def port(self, number: int) -> HostPort | None:
        """The port of that number."""
        return next((port for port in self.ports if port.number == number), None)


def resolve_hosts(snapshot: Snapshot) -> tuple[Host, ...]:
    """Every host, the oldest first."""
    found = [*map(_of_service, snapshot.services)]
    found += [host for entry in snapshot.service_entries for host in _of_entry(entry)]
    return tuple(sorted(found, key=lambda host: host.age_order))


def behind_alias(host: Host, known: Mapping[str, Host]) -> Host | None:
    """What an ExternalName stands for in the end; None for names that nobody has, and for circles."""
    seen: set[str] = set()
    found: Host | None = host
    while found is not None and found.discovery is Discovery.ALIAS:
        if found.name in seen:
            return None
        seen.add(found.name)
        found = known.get(found.alias_of)
    return found


def _of_service(service: Service) -> Host:
    metadata = service.metadata
    is_alias = service.type == "ExternalName" and bool(service.external_name)
    headless = service.cluster_ip == "None"
    return Host(
        name=service_host(metadata.name, metadata.namespace),
        namespace=metadata.namespace,
        source=metadata,
        kubernetes=True,
        external=is_alias,
        discovery=Discovery.PASSTHROUGH if headless else Discovery.ALIAS if is_alias else Discovery.ENDPOINTS,
        ports=tuple(
            HostPort(
                port.name,
                port.number,
                service_port_protocol(port.number, port.name, port.protocol, port.app_protocol),
            )
            for port in service.ports
        ),
        export_to=_exported(metadata),
        selector=service.selector or None,
        alias_of=service.external_name if is_alias else "",
        addresses=() if headless else tuple(filter(None, service.cluster_ips or (service.cluster_ip,))),
    )


def _exported(metadata: Metadata) -> frozenset[str]:
    written = metadata.annotations.get(EXPORT_ANNOTATION)
    return frozenset(part.strip() for part in written.split(",")) if written else frozenset()


def _of_entry(entry: ServiceEntry) -> Iterator[Host]:
    ports = tuple(
        HostPort(port.name, port.number, entry_port_protocol(port.protocol), port.protocol.upper())
        for port in entry.ports
    )
    for name in dict.fromkeys(entry.hosts):
        yield Host(
            name=name,
            namespace=entry.metadata.namespace,
            source=entry.metadata,
            kubernetes=False,
            external=entry.location is Location.MESH_EXTERNAL,
            discovery=_discovery(entry, name),
            ports=ports,
            export_to=frozenset(entry.export_to),
            selector=entry.match_labels,
            subject_alt_names=entry.subject_alt_names,
        )


def _discovery(entry: ServiceEntry, name: str) -> Discovery:
    """Only wildcards are looked up when they are asked for; other DYNAMIC_DNS hosts get a cluster without endpoints."""
    found = _DISCOVERY[entry.resolution]
    return Discovery.ENDPOINTS if found is Discovery.DYNAMIC_DNS and not is_wildcard(name) else found
