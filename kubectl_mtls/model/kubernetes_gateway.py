"""What the Gateway API's Gateways, their classes and the grants between namespaces say, as far as TLS goes.

Source: sigs.k8s.io/gateway-api apis/v1 (gateway_types.go, gatewayclass_types.go, referencegrant_types.go).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

T = TypeVar("T")

API_GROUP = "gateway.networking.k8s.io"


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """An object that is named in another one; `namespace` empty means that of the object that names it."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class ListenerTLS:
    """The `tls` block of a listener. `terminate_mode` and `is_auto_passthrough` are Istio's own options
    (gateway.istio.io/tls-terminate-mode and listener-protocol).
    """

    mode: str
    terminate_mode: str
    is_auto_passthrough: bool
    references: tuple[ObjectReference, ...]


@dataclass(frozen=True, slots=True)
class Frontend:
    """What clients of a port must show: the CAs for their certificates, and whether others are let in all the same."""

    references: tuple[ObjectReference, ...] = ()
    lets_others_in: bool = False


@dataclass(frozen=True, slots=True)
class ApiListener:
    """One listener. `namespaces_from` is Same, All or Selector, `namespace_labels` what the selector wants."""

    field: str
    name: str
    hostname: str
    port: int
    protocol: str
    tls: ListenerTLS | None
    namespaces_from: str
    namespace_labels: Labels


@dataclass(frozen=True, slots=True)
class KubernetesGateway:
    """One Gateway of the Gateway API. `addresses` are (type, value); `is_programmed`: its status has an address."""

    metadata: Metadata
    class_name: str
    listeners: tuple[ApiListener, ...]
    addresses: tuple[tuple[str, str], ...]
    frontend: Frontend
    frontend_by_port: Mapping[int, Frontend]
    is_programmed: bool


@dataclass(frozen=True, slots=True)
class GatewayClass:
    """Which controller serves Gateways of a class."""

    metadata: Metadata
    controller: str


@dataclass(frozen=True, slots=True)
class ReferenceGrant:
    """Who may name objects of the grant's namespace: (group, kind, namespace), and what: (group, kind, name or all)."""

    metadata: Metadata
    sources: tuple[tuple[str, str, str], ...]
    targets: tuple[tuple[str, str, str], ...]


def parse_kubernetes_gateway(document: Document) -> KubernetesGateway:
    """Raises Malformed."""
    manifest = document.manifest
    by_port = each(manifest, "spec.tls.frontend.perPort", _port_frontend)
    return KubernetesGateway(
        metadata=parse_metadata(document),
        class_name=fields.text(manifest, "spec.gatewayClassName"),
        listeners=tuple(_listener(one, index) for index, one in enumerate(fields.mappings(manifest, "spec.listeners"))),
        addresses=each(manifest, "spec.addresses", _address),
        frontend=_frontend(manifest, "spec.tls.frontend.default.validation"),
        frontend_by_port=dict(reversed(by_port)),
        is_programmed=bool(fields.items(manifest, "status.addresses")),
    )


def parse_gateway_class(document: Document) -> GatewayClass:
    """Raises Malformed."""
    return GatewayClass(parse_metadata(document), fields.text(document.manifest, "spec.controllerName"))


def parse_reference_grant(document: Document) -> ReferenceGrant:
    """Raises Malformed."""
    return ReferenceGrant(
        parse_metadata(document),
        each(document.manifest, "spec.from", lambda one: _triple(one, "namespace")),
        each(document.manifest, "spec.to", lambda one: _triple(one, "name")),
    )


def each(parent: Any, path: str, read: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    """The elements of a list, read one by one, so that a fault names its place. Raises Malformed."""
    found = []
    for index, one in enumerate(fields.mappings(parent, path)):
        with fields.below(f"{path}.{index}"):
            found.append(read(one))
    return tuple(found)


def parse_references(parent: Any, path: str, kind: str) -> tuple[ObjectReference, ...]:
    """The references of a list; `kind` is what one without says. Raises Malformed."""
    return each(parent, path, lambda one: _reference(one, kind))


def _reference(one: Mapping[str, Any], kind: str) -> ObjectReference:
    named = fields.text(one, "kind") or kind
    return ObjectReference(fields.text(one, "group"), named, fields.text(one, "namespace"), fields.text(one, "name"))


def _triple(one: Mapping[str, Any], last: str) -> tuple[str, str, str]:
    return (fields.text(one, "group"), fields.text(one, "kind"), fields.text(one, last))


def _address(one: Mapping[str, Any]) -> tuple[str, str]:
    return (fields.text(one, "type") or "IPAddress", fields.text(one, "value"))


def _listener(written: Mapping[str, Any], index: int) -> ApiListener:
    path = f"spec.listeners.{index}"
    with fields.below(path):
        return ApiListener(
            field=path,
            name=fields.text(written, "name"),
            hostname=fields.text(written, "hostname"),
            port=fields.number(written, "port") or 0,
            protocol=fields.text(written, "protocol"),
            tls=_tls(written) if written.get("tls") is not None else None,
            namespaces_from=fields.text(written, "allowedRoutes.namespaces.from") or "Same",
            namespace_labels=fields.strings(written, "allowedRoutes.namespaces.selector.matchLabels"),
        )


def _tls(written: Mapping[str, Any]) -> ListenerTLS:
    options = fields.mapping(written, "tls.options")
    return ListenerTLS(
        mode=fields.text(written, "tls.mode") or "Terminate",
        terminate_mode=str(options.get("gateway.istio.io/tls-terminate-mode") or ""),
        is_auto_passthrough=options.get("gateway.istio.io/listener-protocol") == "auto-passthrough",
        references=parse_references(written, "tls.certificateRefs", "Secret"),
    )


def _port_frontend(one: Mapping[str, Any]) -> tuple[int, Frontend]:
    return (fields.number(one, "port") or 0, _frontend(one, "tls.validation"))


def _frontend(parent: Any, path: str) -> Frontend:
    others = fields.text(parent, f"{path}.mode") == "AllowInsecureFallback"
    return Frontend(parse_references(parent, f"{path}.caCertificateRefs", ""), others)
