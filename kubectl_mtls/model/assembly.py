"""How do raw objects become a Snapshot?"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypeVar

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.access_review import parse_access_review
from kubectl_mtls.model.api_server_call import (
    parse_api_service_call,
    parse_conversion_call,
    parse_webhook_calls,
)
from kubectl_mtls.model.authorization_policy import parse_authorization_policy
from kubectl_mtls.model.backend_tls_policy import parse_backend_tls_policy
from kubectl_mtls.model.cert_manager import (
    parse_acme_step,
    parse_certificate,
    parse_certificate_request,
    parse_issuer,
)
from kubectl_mtls.model.control_plane import (
    DEFAULT_REVISION,
    MeshConfig,
    parse_istiod,
    parse_mesh_config,
    parse_revision_tag,
    revision_of_config_map,
)
from kubectl_mtls.model.derived import derived_pods, mounts_of
from kubectl_mtls.model.destination_rule import parse_destination_rule
from kubectl_mtls.model.envoy_filter import parse_envoy_filter
from kubectl_mtls.model.external_secret import parse_external_secret
from kubectl_mtls.model.gateway import parse_gateway
from kubectl_mtls.model.ingress import parse_ingress
from kubectl_mtls.model.kind import BINDING_KINDS, ISSUER_KINDS, ROLE_KINDS, Kind, find_kind
from kubectl_mtls.model.kubernetes_gateway import (
    parse_gateway_class,
    parse_kubernetes_gateway,
    parse_reference_grant,
)
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.namespace import parse_namespace
from kubectl_mtls.model.network_policy import parse_network_policy
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.parsed import Parsed, label_of, name_of, namespace_of
from kubectl_mtls.model.peer_authentication import parse_peer_authentication
from kubectl_mtls.model.pod import parse_pod
from kubectl_mtls.model.rbac import parse_role, parse_role_binding
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP, parse_root_copy
from kubectl_mtls.model.secret import parse_secret
from kubectl_mtls.model.service import EndpointSlice, parse_endpoint_slice, parse_service
from kubectl_mtls.model.service_entry import parse_service_entry
from kubectl_mtls.model.sidecar import parse_sidecar
from kubectl_mtls.model.snapshot import Duplicate, Snapshot
from kubectl_mtls.model.virtual_service import parse_virtual_service
from kubectl_mtls.model.webhook_bundle import parse_injector_webhooks
from kubectl_mtls.model.workload_entry import parse_workload_entry

_CALLING = (
    (kinds.VALIDATING_WEBHOOK, parse_webhook_calls),
    (kinds.MUTATING_WEBHOOK, parse_webhook_calls),
    (kinds.CUSTOM_RESOURCE, parse_conversion_call),
    (kinds.API_SERVICE, parse_api_service_call),
)


def build_snapshot(reading: Reading, *, live: bool) -> Snapshot:
    """Type everything that was read. Never raises: what can't be used is a gap, a reject or a duplicate."""
    documents, duplicates = _without_duplicates(reading.documents)
    live = live or _were_read_in_a_cluster(reading.documents)
    by_kind: dict[Kind, list[Document]] = defaultdict(list)
    for ref, document in documents.items():
        by_kind[ref.kind].append(document)
    parsed = Parsed(by_kind, list(reading.gaps))
    namespaces = {one.metadata.name: one for one in parsed.of(kinds.NAMESPACE, parse_namespace)}
    every_pod = parsed.of(kinds.POD, parse_pod)
    pods = {pod.key: pod for pod in every_pod if not pod.finished}
    if not live:
        pods.update(derived_pods(parsed, namespaces, every_pod))
    slices: dict[tuple[str, str], list[EndpointSlice]] = defaultdict(list)
    for one in parsed.of(kinds.ENDPOINT_SLICE, parse_endpoint_slice):
        slices[one.metadata.namespace, one.service].append(one)
    config_maps = by_kind.get(kinds.CONFIG_MAP, [])
    istiods = [d for d in by_kind.get(kinds.DEPLOYMENT, ()) if label_of(d, "app") == "istiod"]
    return Snapshot(
        live=live,
        istiods=tuple(parsed.all(istiods, parse_istiod)),
        mesh_configs=_mesh_configs(parsed, config_maps),
        revision_tags=tuple(parsed.of(kinds.MUTATING_WEBHOOK, parse_revision_tag)),
        namespaces=namespaces,
        pods=pods,
        services=tuple(sorted(parsed.of(kinds.SERVICE, parse_service), key=lambda service: service.key)),
        endpoint_slices={key: tuple(found) for key, found in slices.items()},
        peer_authentications=_aged(parsed.of(kinds.PEER_AUTHENTICATION, parse_peer_authentication)),
        destination_rules=_aged(parsed.of(kinds.DESTINATION_RULE, parse_destination_rule)),
        service_entries=_aged(parsed.of(kinds.SERVICE_ENTRY, parse_service_entry)),
        workload_entries=_aged(parsed.of(kinds.WORKLOAD_ENTRY, parse_workload_entry)),
        sidecars=_aged(parsed.of(kinds.SIDECAR, parse_sidecar)),
        virtual_services=_aged(parsed.of(kinds.VIRTUAL_SERVICE, parse_virtual_service)),
        authorization_policies=_aged(parsed.of(kinds.AUTHORIZATION_POLICY, parse_authorization_policy)),
        gateways=tuple(parsed.of(kinds.GATEWAY, parse_gateway)),
        kubernetes_gateways=tuple(parsed.of(kinds.KUBERNETES_GATEWAY, parse_kubernetes_gateway)),
        gateway_classes={one.metadata.name: one for one in parsed.of(kinds.GATEWAY_CLASS, parse_gateway_class)},
        reference_grants=tuple(parsed.of(kinds.REFERENCE_GRANT, parse_reference_grant)),
        backend_tls_policies=_aged(parsed.of(kinds.BACKEND_TLS_POLICY, parse_backend_tls_policy)),
        envoy_filters=_aged(parsed.of(kinds.ENVOY_FILTER, parse_envoy_filter)),
        api_server_calls=tuple(call for kind, parse in _CALLING for found in parsed.of(kind, parse) for call in found),
        root_copies=tuple(parsed.all([d for d in config_maps if name_of(d) == ROOT_CONFIG_MAP], parse_root_copy)),
        injector_webhooks=tuple(parsed.of(kinds.MUTATING_WEBHOOK, parse_injector_webhooks)),
        secrets=tuple(parsed.of(kinds.SECRET, parse_secret)),
        certificates=tuple(parsed.of(kinds.CERTIFICATE, parse_certificate)),
        issuers=tuple(one for kind in ISSUER_KINDS for one in parsed.of(kind, parse_issuer)),
        certificate_requests=tuple(parsed.of(kinds.CERTIFICATE_REQUEST, parse_certificate_request)),
        acme_steps=tuple(one for kind in (kinds.ORDER, kinds.CHALLENGE) for one in parsed.of(kind, parse_acme_step)),
        external_secrets=tuple(parsed.of(kinds.EXTERNAL_SECRET, parse_external_secret)),
        ingresses=tuple(parsed.of(kinds.INGRESS, parse_ingress)),
        network_policies=tuple(parsed.of(kinds.NETWORK_POLICY, parse_network_policy)),
        mounts=mounts_of(parsed, live=live),
        roles={one.metadata.ref: one for kind in ROLE_KINDS for one in parsed.of(kind, parse_role)},
        role_bindings=tuple(one for kind in BINDING_KINDS for one in parsed.of(kind, parse_role_binding)),
        access_reviews=tuple(parsed.of(kinds.LOCAL_ACCESS_REVIEW, parse_access_review)),
        gaps=tuple(dict.fromkeys(parsed.gaps)),
        rejects=tuple(parsed.rejects),
        duplicates=tuple(duplicates),
        documents=documents,
    )


class _Aged(Protocol):
    @property
    def metadata(self) -> Metadata: ...


_A = TypeVar("_A", bound=_Aged)


def _aged(found: Iterable[_A]) -> tuple[_A, ...]:
    return tuple(sorted(found, key=lambda one: one.metadata.age_order))


def _without_duplicates(documents: Iterable[Document]) -> tuple[dict[Ref, Document], list[Duplicate]]:
    kept: dict[Ref, Document] = {}
    duplicates: list[Duplicate] = []
    nameless = 0
    for document in documents:
        kind = find_kind(str(document.manifest.get("apiVersion", "")), str(document.manifest.get("kind", "")))
        if kind is None:
            continue
        name = name_of(document)
        if not name:
            nameless += 1
            name = f"\0{nameless}"
        ref = Ref(kind, namespace_of(document) if kind.namespaced else "", name)
        if ref in kept:
            duplicates.append(Duplicate(ref, kept[ref].origin, document.origin))
        kept[ref] = document
    return kept, duplicates


def _were_read_in_a_cluster(documents: Iterable[Document]) -> bool:
    """Whether they come from a snapshot of a cluster and nothing else."""
    origins = {isinstance(document.origin, ApiOrigin) for document in documents}
    return origins == {True}


def _mesh_configs(parsed: Parsed, config_maps: Iterable[Document]) -> dict[str, MeshConfig]:
    named = [d for d in config_maps if revision_of_config_map(name_of(d)) is not None]
    found = parsed.all(named, parse_mesh_config)
    return {revision_of_config_map(mesh.source.name) or DEFAULT_REVISION: mesh for mesh in found if mesh.source}
