"""Everything that was read, typed, in one immutable value: the only thing that answers are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_mtls.model.access_review import AccessReview
from kubectl_mtls.model.api_server_call import (
    ApiServerCall,
)
from kubectl_mtls.model.authorization_policy import AuthorizationPolicy
from kubectl_mtls.model.backend_tls_policy import BackendTLSPolicy
from kubectl_mtls.model.cert_manager import (
    AcmeStep,
    CertificateRequest,
    Issuer,
    ManagedCertificate,
)
from kubectl_mtls.model.control_plane import (
    DEFAULT_REVISION,
    Istiod,
    MeshConfig,
    RevisionTag,
)
from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.envoy_filter import EnvoyFilter
from kubectl_mtls.model.external_secret import ExternalSecret
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.ingress import Ingress
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.kubernetes_gateway import (
    GatewayClass,
    KubernetesGateway,
    ReferenceGrant,
)
from kubectl_mtls.model.mounts import Mounts
from kubectl_mtls.model.namespace import Namespace
from kubectl_mtls.model.network_policy import NetworkPolicy
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.rbac import Role, RoleBinding
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.root_copy import RootCopy
from kubectl_mtls.model.secret import Secret
from kubectl_mtls.model.service import EndpointSlice, Service
from kubectl_mtls.model.service_entry import ServiceEntry
from kubectl_mtls.model.sidecar import Sidecar
from kubectl_mtls.model.virtual_service import VirtualService
from kubectl_mtls.model.webhook_bundle import InjectorWebhooks
from kubectl_mtls.model.workload_entry import WorkloadEntry


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
    Istio's order of age. `signing_ends_at` is the end of istiod's signing certificate where its metrics were asked.
    `documents` are the raw objects that a plan may patch or a command may open, by reference.
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
    signing_ends_at: datetime | None = None
    documents: Mapping[Ref, Document] = field(default_factory=dict, repr=False)

    @property
    def leading_istiod(self) -> Istiod | None:
        """The default control plane's, else the oldest; None where none was seen."""
        ordered = sorted(self.istiods, key=lambda one: (one.revision != DEFAULT_REVISION, one.metadata.age_order))
        return ordered[0] if ordered else None

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
