"""What the Gateway API's Gateways, their classes and the grants between namespaces say, as far as TLS goes.

Source: sigs.k8s.io/gateway-api apis/v1 (gateway_types.go, gatewayclass_types.go, referencegrant_types.go).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

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
    frontend = fields.mapping(manifest, "spec.tls.frontend")
    with fields.below("spec.tls.frontend"):
        default = _frontend(fields.mapping(frontend, "default"))
        by_port = {
            fields.number(one, "port") or 0: _frontend(fields.mapping(one, "tls"))
            for one in fields.mappings(frontend, "perPort")
        }
    return KubernetesGateway(
        metadata=parse_metadata(document),
        class_name=fields.text(manifest, "spec.gatewayClassName"),
        listeners=tuple(_listener(one, index) for index, one in enumerate(fields.mappings(manifest, "spec.listeners"))),
        addresses=tuple(
            (fields.text(one, "type") or "IPAddress", fields.text(one, "value"))
            for one in fields.mappings(manifest, "spec.addresses")
        ),
        frontend=default,
        frontend_by_port=by_port,
        is_programmed=bool(fields.items(manifest, "status.addresses")),
    )


def parse_gateway_class(document: Document) -> GatewayClass:
    """Raises Malformed."""
    return GatewayClass(parse_metadata(document), fields.text(document.manifest, "spec.controllerName"))


def parse_reference_grant(document: Document) -> ReferenceGrant:
    """Raises Malformed."""
    manifest = document.manifest

    def triples(path: str, last: str) -> tuple[tuple[str, str, str], ...]:
        found = fields.mappings(manifest, path)
        return tuple((fields.text(one, "group"), fields.text(one, "kind"), fields.text(one, last)) for one in found)

    return ReferenceGrant(parse_metadata(document), triples("spec.from", "namespace"), triples("spec.to", "name"))


def parse_references(parent: Any, path: str, kind: str) -> tuple[ObjectReference, ...]:
    """The references of a list; `kind` is what one without says. Raises Malformed."""
    return tuple(
        ObjectReference(
            fields.text(one, "group"),
            fields.text(one, "kind") or kind,
            fields.text(one, "namespace"),
            fields.text(one, "name"),
        )
        for one in fields.mappings(parent, path)
    )


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


def _frontend(written: Mapping[str, Any]) -> Frontend:
    return Frontend(
        parse_references(written, "validation.caCertificateRefs", ""),
        fields.text(written, "validation.mode") == "AllowInsecureFallback",
    )
