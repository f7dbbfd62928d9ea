"""Everything that was read, typed, in one immutable value: the only thing that answers are made from."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.access_review import AccessReview, parse_access_review
from kubectl_mtls.model.api_server_call import (
    ApiServerCall,
    parse_api_service_call,
    parse_conversion_call,
    parse_webhook_calls,
)
from kubectl_mtls.model.authorization_policy import AuthorizationPolicy, parse_authorization_policy
from kubectl_mtls.model.backend_tls_policy import BackendTLSPolicy, parse_backend_tls_policy
from kubectl_mtls.model.cert_manager import (
    AcmeStep,
    CertificateRequest,
    Issuer,
    ManagedCertificate,
    parse_acme_step,
    parse_certificate,
    parse_certificate_request,
    parse_issuer,
)
from kubectl_mtls.model.control_plane import (
    DEFAULT_REVISION,
    Istiod,
    MeshConfig,
    RevisionTag,
    parse_istiod,
    parse_mesh_config,
    parse_revision_tag,
    revision_of_config_map,
)
from kubectl_mtls.model.destination_rule import DestinationRule, parse_destination_rule
from kubectl_mtls.model.envoy_filter import EnvoyFilter, parse_envoy_filter
from kubectl_mtls.model.external_secret import ExternalSecret, parse_external_secret
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.gateway import Gateway, parse_gateway
from kubectl_mtls.model.ingress import Ingress, parse_ingress
from kubectl_mtls.model.kind import Kind, find_kind
from kubectl_mtls.model.kubernetes_gateway import (
    GatewayClass,
    KubernetesGateway,
    ReferenceGrant,
    parse_gateway_class,
    parse_kubernetes_gateway,
    parse_reference_grant,
)
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.mounts import Mounts, parse_mounts
from kubectl_mtls.model.namespace import Namespace, parse_namespace
from kubectl_mtls.model.network_policy import NetworkPolicy, parse_network_policy
from kubectl_mtls.model.origin import ApiOrigin, FileOrigin, Origin
from kubectl_mtls.model.peer_authentication import PeerAuthentication, parse_peer_authentication
from kubectl_mtls.model.pod import Pod, Workload, parse_pod
from kubectl_mtls.model.rbac import Role, RoleBinding, parse_role, parse_role_binding
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP, RootCopy, parse_root_copy
from kubectl_mtls.model.secret import Secret, parse_secret
from kubectl_mtls.model.service import EndpointSlice, Service, parse_endpoint_slice, parse_service
from kubectl_mtls.model.service_entry import ServiceEntry, parse_service_entry
from kubectl_mtls.model.sidecar import Sidecar, parse_sidecar
from kubectl_mtls.model.template import derive_pod
from kubectl_mtls.model.virtual_service import VirtualService, parse_virtual_service
from kubectl_mtls.model.webhook_bundle import InjectorWebhooks, parse_injector_webhooks
from kubectl_mtls.model.workload_entry import WorkloadEntry, parse_workload_entry

T = TypeVar("T")

WORKLOAD_KINDS = (
    kinds.DEPLOYMENT,
    kinds.STATEFUL_SET,
    kinds.DAEMON_SET,
    kinds.REPLICA_SET,
    kinds.JOB,
    kinds.CRON_JOB,
)
_CALLING = (
    (kinds.VALIDATING_WEBHOOK, parse_webhook_calls),
    (kinds.MUTATING_WEBHOOK, parse_webhook_calls),
    (kinds.CUSTOM_RESOURCE, parse_conversion_call),
    (kinds.API_SERVICE, parse_api_service_call),
)
ISSUER_KINDS = (kinds.ISSUER, kinds.CLUSTER_ISSUER)
ROLE_KINDS = (kinds.ROLE, kinds.CLUSTER_ROLE)
BINDING_KINDS = (kinds.ROLE_BINDING, kinds.CLUSTER_ROLE_BINDING)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One object that the input holds twice; the later one counts, as with `kubectl apply`."""

    ref: Ref
    earlier: Origin
    later: Origin


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One mesh at one moment.

    `live` is False for files, unless all of them are a snapshot of a cluster. Policies, rules and filters are in
    Istio's order of age. `documents` are the raw objects that a plan may patch or a command may open, by reference.
    """

    live: bool
    gaps: tuple[Gap, ...] = ()
    rejects: tuple[Reject, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    istiods: tuple[Istiod, ...] = ()
    mesh_configs: Mapping[str, MeshConfig] = field(default_factory=dict)
    revision_tags: tuple[RevisionTag, ...] = ()
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    pods: Mapping[tuple[str, str], Pod] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    endpoint_slices: Mapping[tuple[str, str], tuple[EndpointSlice, ...]] = field(default_factory=dict)
    peer_authentications: tuple[PeerAuthentication, ...] = ()
    destination_rules: tuple[DestinationRule, ...] = ()
    service_entries: tuple[ServiceEntry, ...] = ()
    workload_entries: tuple[WorkloadEntry, ...] = ()
    sidecars: tuple[Sidecar, ...] = ()
    virtual_services: tuple[VirtualService, ...] = ()
    authorization_policies: tuple[AuthorizationPolicy, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    kubernetes_gateways: tuple[KubernetesGateway, ...] = ()
    gateway_classes: Mapping[str, GatewayClass] = field(default_factory=dict)
    reference_grants: tuple[ReferenceGrant, ...] = ()
    backend_tls_policies: tuple[BackendTLSPolicy, ...] = ()
    envoy_filters: tuple[EnvoyFilter, ...] = ()
    api_server_calls: tuple[ApiServerCall, ...] = ()
    root_copies: tuple[RootCopy, ...] = ()
    injector_webhooks: tuple[InjectorWebhooks, ...] = ()
    secrets: tuple[Secret, ...] = ()
    certificates: tuple[ManagedCertificate, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    certificate_requests: tuple[CertificateRequest, ...] = ()
    acme_steps: tuple[AcmeStep, ...] = ()
    external_secrets: tuple[ExternalSecret, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    mounts: tuple[Mounts, ...] = ()
    roles: Mapping[Ref, Role] = field(default_factory=dict)
    role_bindings: tuple[RoleBinding, ...] = ()
    access_reviews: tuple[AccessReview, ...] = ()
    documents: Mapping[Ref, Document] = field(default_factory=dict, repr=False)

    def revision_of(self, asked: str | None) -> str:
        """The revision behind a revision or tag; where nobody asks for one, that of the default tag."""
        if asked and any(istiod.revision == asked for istiod in self.istiods):
            return asked
        wanted = asked or DEFAULT_REVISION
        return next((tag.revision for tag in self.revision_tags if tag.tag == wanted), wanted)

    def mesh_config(self, revision: str | None) -> MeshConfig:
        """The mesh configuration of a revision or tag; the default one's, or Istio's defaults, where it has none."""
        found = self.mesh_configs.get(self.revision_of(revision)) or self.mesh_configs.get(self.revision_of(None))
        if found is None and len(self.mesh_configs) == 1:
            return next(iter(self.mesh_configs.values()))
        return found or MeshConfig()

    def gap_hiding(self, kind: Kind, namespace: str, name: str | None = None) -> Gap | None:
        """The first gap behind which such an object may exist."""
        for gap in self.gaps:
            if gap.hides(kind, namespace, name):
                return gap
        return None


@dataclass(slots=True)
class _Parsed:
    """Sorts raw objects by kind; what is malformed becomes a gap, what istiod can't read a reject."""

    by_kind: Mapping[Kind, list[Document]]
    gaps: list[Gap] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def of(self, kind: Kind, parse: Callable[[Document], T | Reject | None]) -> list[T]:
        return self.all(self.by_kind.get(kind, ()), parse)

    def all(self, documents: Iterable[Document], parse: Callable[[Document], T | Reject | None]) -> list[T]:
        parsed: list[T] = []
        for document in documents:
            try:
                one = parse(document) if document.typed is None else document.typed
            except Malformed as malformed:
                self.gaps.append(malformed_gap(document, malformed.field, malformed.problem))
            except InvalidInput as invalid:
                self.gaps.append(malformed_gap(document, "data.mesh", invalid.message))
            else:
                if isinstance(one, Reject):
                    self.rejects.append(one)
                elif one is not None:
                    parsed.append(one)
        return parsed


def build_snapshot(reading: Reading, *, live: bool) -> Snapshot:
    """Type everything that was read. Never raises: what can't be used is a gap, a reject or a duplicate."""
    documents, duplicates = _without_duplicates(reading.documents)
    live = live or _were_read_in_a_cluster(reading.documents)
    by_kind: dict[Kind, list[Document]] = defaultdict(list)
    for ref, document in documents.items():
        by_kind[ref.kind].append(document)
    parsed = _Parsed(by_kind, list(reading.gaps))
    namespaces = {one.metadata.name: one for one in parsed.of(kinds.NAMESPACE, parse_namespace)}
    every_pod = parsed.of(kinds.POD, parse_pod)
    pods = {pod.key: pod for pod in every_pod if not pod.finished}
    if not live:
        pods.update(_derived_pods(parsed, namespaces, every_pod))
    slices: dict[tuple[str, str], list[EndpointSlice]] = defaultdict(list)
    for one in parsed.of(kinds.ENDPOINT_SLICE, parse_endpoint_slice):
        slices[one.metadata.namespace, one.service].append(one)
    config_maps = by_kind.get(kinds.CONFIG_MAP, [])
    istiods = [d for d in by_kind.get(kinds.DEPLOYMENT, ()) if _label(d, "app") == "istiod"]
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
        root_copies=tuple(parsed.all([d for d in config_maps if _name(d) == ROOT_CONFIG_MAP], parse_root_copy)),
        injector_webhooks=tuple(parsed.of(kinds.MUTATING_WEBHOOK, parse_injector_webhooks)),
        secrets=tuple(parsed.of(kinds.SECRET, parse_secret)),
        certificates=tuple(parsed.of(kinds.CERTIFICATE, parse_certificate)),
        issuers=tuple(one for kind in ISSUER_KINDS for one in parsed.of(kind, parse_issuer)),
        certificate_requests=tuple(parsed.of(kinds.CERTIFICATE_REQUEST, parse_certificate_request)),
        acme_steps=tuple(one for kind in (kinds.ORDER, kinds.CHALLENGE) for one in parsed.of(kind, parse_acme_step)),
        external_secrets=tuple(parsed.of(kinds.EXTERNAL_SECRET, parse_external_secret)),
        ingresses=tuple(parsed.of(kinds.INGRESS, parse_ingress)),
        network_policies=tuple(parsed.of(kinds.NETWORK_POLICY, parse_network_policy)),
        mounts=_mounts(parsed, live=live),
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


def malformed_gap(document: Document, path: str, problem: str) -> Gap:
    """The gap that an object of the wrong shape leaves: it may be anything, so its kind and namespace are in doubt."""
    manifest = document.manifest
    kind = find_kind(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
    where = f"{document.origin.at(path)}: " if isinstance(document.origin, FileOrigin) else ""
    name = _name(document) or None
    detail = f"{where}{manifest.get('kind', 'object')} {name or '(no name)'}: {path} {problem}"
    namespace = _namespace(document) if kind is None or kind.namespaced else None
    return Gap(kind, namespace, name, GapReason.MALFORMED, detail, origin=document.origin)


def _without_duplicates(documents: Iterable[Document]) -> tuple[dict[Ref, Document], list[Duplicate]]:
    kept: dict[Ref, Document] = {}
    duplicates: list[Duplicate] = []
    nameless = 0
    for document in documents:
        kind = find_kind(str(document.manifest.get("apiVersion", "")), str(document.manifest.get("kind", "")))
        if kind is None:
            continue
        name = _name(document)
        if not name:
            nameless += 1
            name = f"\0{nameless}"
        ref = Ref(kind, _namespace(document) if kind.namespaced else "", name)
        if ref in kept:
            duplicates.append(Duplicate(ref, kept[ref].origin, document.origin))
        kept[ref] = document
    return kept, duplicates


def _derived_pods(
    parsed: _Parsed, namespaces: Mapping[str, Namespace], pods: Iterable[Pod]
) -> dict[tuple[str, str], Pod]:
    """One pod for each workload that has none in the files, finished ones and those of a CronJob's Jobs included."""
    present = {(pod.metadata.namespace, pod.workload) for pod in pods}
    for job in parsed.of(kinds.JOB, parse_metadata):
        if job.owner and (job.namespace, Workload(kinds.JOB.name, job.name)) in present:
            present.add((job.namespace, Workload(job.owner.kind, job.owner.name)))
    derived: dict[tuple[str, str], Pod] = {}
    for kind in WORKLOAD_KINDS:
        written = (d for d in parsed.by_kind.get(kind, ()) if isinstance(d.origin, FileOrigin))
        documents = [d for d in written if not _has_owner(d)]
        for pod in parsed.all(documents, lambda d: derive_pod(d, namespaces.get(_namespace(d)))):
            if (pod.metadata.namespace, pod.workload) not in present:
                derived.setdefault(pod.key, pod)
    return derived


def _mounts(parsed: _Parsed, *, live: bool) -> tuple[Mounts, ...]:
    """Of workloads that nobody owns. Pods come from a cluster without their volumes, so only those of files count."""
    found = (d for kind in (*WORKLOAD_KINDS, *(() if live else (kinds.POD,))) for d in parsed.by_kind.get(kind, ()))
    return tuple(parsed.all([d for d in found if d.typed is None and not _has_owner(d)], parse_mounts))


def _were_read_in_a_cluster(documents: Iterable[Document]) -> bool:
    """Whether they come from a snapshot of a cluster and nothing else."""
    origins = {isinstance(document.origin, ApiOrigin) for document in documents}
    return origins == {True}


def _mesh_configs(parsed: _Parsed, config_maps: Iterable[Document]) -> dict[str, MeshConfig]:
    named = [d for d in config_maps if revision_of_config_map(_name(d)) is not None]
    found = parsed.all(named, parse_mesh_config)
    return {revision_of_config_map(mesh.source.name) or DEFAULT_REVISION: mesh for mesh in found if mesh.source}


def _metadata(document: Document) -> Mapping[str, object]:
    metadata = document.manifest.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _name(document: Document) -> str:
    return str(_metadata(document).get("name") or "")


def _namespace(document: Document) -> str:
    return str(_metadata(document).get("namespace") or "default")


def _label(document: Document, key: str) -> object:
    labels = _metadata(document).get("labels")
    return labels.get(key) if isinstance(labels, Mapping) else None


def _has_owner(document: Document) -> bool:
    return bool(_metadata(document).get("ownerReferences"))
