"""Where traffic is addressed to: Services and the EndpointSlices that say which pods are behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port. `target` is a port number, or the name of a container port; omitted means `number`."""

    name: str
    number: int
    target: int | str
    protocol: str
    app_protocol: str


@dataclass(frozen=True, slots=True)
class Service:
    """One Service. `selector` empty means that somebody else writes its endpoints.

    `cluster_ips` are its addresses, the first of which is `cluster_ip`; empty where nobody set them (old files).
    """

    metadata: Metadata
    selector: Labels
    ports: tuple[ServicePort, ...]
    type: str
    cluster_ip: str
    external_name: str
    cluster_ips: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return (self.metadata.namespace, self.metadata.name)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a slice; `pod` is (namespace, name) where targetRef names one.

    `terminating` is True where istiod takes it as shutting down: no client gets it.
    """

    addresses: tuple[str, ...]
    pod: tuple[str, str] | None
    terminating: bool = False


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """Endpoints that share ports. `ports` maps Service port names to pod ports."""

    metadata: Metadata
    service: str
    ports: dict[str, int]
    endpoints: tuple[Endpoint, ...]
    address_type: str = ""


def parse_service(document: Document) -> Service:
    """Raises Malformed."""
    manifest = document.manifest
    return Service(
        metadata=parse_metadata(document),
        selector=fields.strings(manifest, "spec.selector"),
        ports=tuple(_port(port, index) for index, port in enumerate(fields.mappings(manifest, "spec.ports"))),
        type=fields.text(manifest, "spec.type") or "ClusterIP",
        cluster_ip=fields.text(manifest, "spec.clusterIP"),
        external_name=fields.text(manifest, "spec.externalName"),
        cluster_ips=tuple(map(str, fields.items(manifest, "spec.clusterIPs"))),
    )


def _port(port: Mapping[str, Any], index: int) -> ServicePort:
    target = port.get("targetPort")
    with fields.below(f"spec.ports.{index}"):
        number = fields.number(port, "port") or 0
        return ServicePort(
            name=fields.text(port, "name"),
            number=number,
            target=target if isinstance(target, int | str) and target else number,
            protocol=fields.text(port, "protocol") or "TCP",
            app_protocol=fields.text(port, "appProtocol"),
        )


def parse_endpoint_slice(document: Document) -> EndpointSlice:
    """Raises Malformed."""
    manifest = document.manifest
    metadata = parse_metadata(document)
    return EndpointSlice(
        metadata=metadata,
        service=metadata.labels.get("kubernetes.io/service-name", ""),
        ports=dict(_slice_port(port, index) for index, port in enumerate(fields.mappings(manifest, "ports"))),
        endpoints=tuple(
            _endpoint(item, index, metadata.namespace)
            for index, item in enumerate(fields.mappings(manifest, "endpoints"))
        ),
        address_type=fields.text(manifest, "addressType"),
    )


def _slice_port(port: Mapping[str, Any], index: int) -> tuple[str, int]:
    with fields.below(f"ports.{index}"):
        return fields.text(port, "name"), fields.number(port, "port") or 0


def _endpoint(item: Mapping[str, Any], index: int, namespace: str) -> Endpoint:
    with fields.below(f"endpoints.{index}"):
        addresses = tuple(str(address) for address in fields.items(item, "addresses"))
        ending = _is_terminating(fields.mapping(item, "conditions"))
        if fields.text(item, "targetRef.kind") != "Pod":
            return Endpoint(addresses, None, ending)
        pod = (fields.text(item, "targetRef.namespace") or namespace, fields.text(item, "targetRef.name"))
        return Endpoint(addresses, pod, ending)


def _is_terminating(conditions: Mapping[str, Any]) -> bool:
    """As istiod's endpointHealthStatus; `terminating` without `ready` is what the reduced coding leaves of both."""
    if conditions.get("ready") is True:
        return False
    if conditions.get("ready") is False:
        return conditions.get("terminating") is not False
    return conditions.get("terminating") is True
