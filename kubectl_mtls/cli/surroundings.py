"""What is read beside Secrets, to know who keeps them, who uses them, and who may read them?

In rounds: what may name them, at once with the Secrets; then what they point at by name, and the rights of those who
ask for them; then, only where a renewal is due or the API server does not say who may what, the rest of the way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.access_review import listing_review
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE, config_map_name, injector_namespaces
from kubectl_mtls.model.kind import BINDING_KINDS, ROLE_KINDS
from kubectl_mtls.model.rbac import account_user
from kubectl_mtls.model.reading import Reading, Source, Want, together
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.consumers import CERT_MANAGER_NAMESPACE
from kubectl_mtls.posture.credential.credentials import referenced_secrets
from kubectl_mtls.posture.credential.issuance import is_due
from kubectl_mtls.posture.credential.misplaced import gateways_meaning
from kubectl_mtls.posture.credential.ownership import keeper_refs
from kubectl_mtls.posture.credential.usage import resolve_usage

USERS = (kinds.DESTINATION_RULE, kinds.GATEWAY, kinds.KUBERNETES_GATEWAY)
_OF_GATEWAY_API = (kinds.REFERENCE_GRANT, kinds.BACKEND_TLS_POLICY)
MOUNTING = (kinds.DEPLOYMENT, kinds.STATEFUL_SET, kinds.DAEMON_SET, kinds.CRON_JOB)
"""Workloads that name Secrets; pods come without their volumes."""

KEEPERS = (
    kinds.CERTIFICATE,
    kinds.ISSUER,
    kinds.CLUSTER_ISSUER,
    kinds.CERTIFICATE_REQUEST,
    kinds.ORDER,
    kinds.CHALLENGE,
    kinds.EXTERNAL_SECRET,
)
AROUND_SECRETS = (*KEEPERS, kinds.INGRESS, kinds.LOCAL_ACCESS_REVIEW)
"""What a file holds of them beside what the mesh's own answers rest on."""

_KEEPERS_OF_LISTS = (kinds.CERTIFICATE, kinds.ISSUER, kinds.EXTERNAL_SECRET)
_RIGHTS = (kinds.ROLE, kinds.ROLE_BINDING)


def wants_around(namespaces: tuple[str, ...]) -> list[Want]:
    """What may name Secrets of these namespaces, and where istiod lives."""
    of_cert_manager = [Want(kinds.CLUSTER_ISSUER)] if CERT_MANAGER_NAMESPACE in namespaces else []
    return [
        *(Want(kind, narrow=namespaces) for kind in (*USERS, *_OF_GATEWAY_API, kinds.INGRESS)),
        *(Want(kind, namespaces) for kind in (kinds.POD, kinds.SERVICE, *MOUNTING, kinds.ISSUER)),
        *of_cert_manager,
        *(Want(kind) for kind in (kinds.GATEWAY_CLASS, kinds.MUTATING_WEBHOOK)),
    ]


def wants_around_lists(namespaces: tuple[str, ...] | None) -> list[Want]:
    """The same for lists of Secrets, without what is one request a Secret."""
    return [
        *(Want(kind, narrow=namespaces or ()) for kind in (*USERS, *_OF_GATEWAY_API)),
        *(Want(kind, namespaces) for kind in (kinds.POD, kinds.SERVICE, *_KEEPERS_OF_LISTS)),
        *(Want(kind) for kind in (kinds.GATEWAY_CLASS, kinds.CLUSTER_ISSUER)),
    ]


def read_surroundings(scope: Scope, source: Source, first: Reading, refs: Sequence[Ref]) -> Snapshot:
    """Everything about these objects; `first` holds them and what `wants_around` brings."""
    snapshot = build_snapshot(first, live=True)
    chosen = [secret for secret in snapshot.secrets if secret.ref in refs]
    more = source.read([*_keepers(chosen), *_gateway_pods(snapshot, refs), *_mesh_configs(scope, snapshot)])
    reading = together(first, more, _read_reviews(scope, snapshot, refs))
    snapshot = build_snapshot(reading, live=True)
    last = [*wants_of_late(scope, snapshot), *_rights(snapshot)]
    if not last:
        return snapshot
    reading = together(reading, source.read(last))
    snapshot = build_snapshot(reading, live=True)
    roles = _bound_roles(snapshot)
    return build_snapshot(together(reading, source.read(roles)), live=True) if roles else snapshot


def with_surroundings(scope: Scope, source: Source, snapshot: Snapshot, namespaces: tuple[str, ...] | None) -> Snapshot:
    """The mesh with the documents that say who keeps, uses and may read the Secrets that it names."""
    if not scope.live:
        return _with(snapshot, source.read([Want(kind) for kind in AROUND_SECRETS]))
    refs = [Ref(kinds.SECRET, *key) for key in referenced_secrets(snapshot)]
    around = [Want(kind, namespaces) for kind in (*_KEEPERS_OF_LISTS, kinds.INGRESS)]
    first = source.read([*around, Want(kinds.CLUSTER_ISSUER)])
    late = source.read(wants_of_late(scope, build_snapshot(first, live=True)))
    return _with(snapshot, together(first, late, _read_reviews(scope, snapshot, refs)))


def _with(snapshot: Snapshot, reading: Reading) -> Snapshot:
    more = build_snapshot(reading, live=True)
    gaps = tuple(dict.fromkeys((*snapshot.gaps, *more.gaps)))
    return replace(snapshot, documents={**snapshot.documents, **more.documents}, gaps=gaps)


def with_files_around(source: Source, snapshot: Snapshot) -> Snapshot:
    """The mesh of files with all that they hold about keepers of Secrets and rights."""
    wanted = (*AROUND_SECRETS, *ROLE_KINDS, *BINDING_KINDS)
    more = build_snapshot(source.read([Want(kind) for kind in wanted]), live=False)
    return replace(
        snapshot,
        certificates=more.certificates,
        issuers=more.issuers,
        certificate_requests=more.certificate_requests,
        acme_steps=more.acme_steps,
        external_secrets=more.external_secrets,
        ingresses=more.ingresses,
        roles=more.roles,
        role_bindings=more.role_bindings,
        access_reviews=more.access_reviews,
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *more.gaps))),
    )


def istio_namespace_of(snapshot: Snapshot, asked: str | None) -> str:
    """Where istiod lives: as asked, else as its own objects and the injector's webhooks say, else as is usual."""
    planes = [istiod.metadata.namespace for istiod in snapshot.istiods]
    sources = [mesh.source.namespace for mesh in snapshot.mesh_configs.values() if mesh.source]
    webhooks = (document for ref, document in snapshot.documents.items() if ref.kind == kinds.MUTATING_WEBHOOK)
    injectors = sorted({namespace for document in webhooks for namespace in injector_namespaces(document)})
    return next(iter([*([asked] if asked else []), *planes, *sources, *injectors]), DEFAULT_NAMESPACE)


def _keepers(secrets: Iterable[Secret]) -> list[Want]:
    """By name; the Issuers of the namespace are there already."""
    refs = dict.fromkeys(ref for secret in secrets for ref in keeper_refs(secret) if ref.kind != kinds.ISSUER)
    return [Want(ref.kind, (ref.namespace,) if ref.kind.namespaced else None, ref.name) for ref in refs]


def _gateway_pods(snapshot: Snapshot, refs: Sequence[Ref]) -> Iterator[Want]:
    """The pods of Gateways that mean a Secret, wherever they run: only they tell where it is looked up."""
    meant = {id(gateway): gateway for ref in refs for gateway in gateways_meaning(snapshot, ref)}
    for gateway in meant.values():
        if gateway.match_labels:
            selector = ",".join(f"{key}={value}" for key, value in sorted(gateway.match_labels.items()))
            yield Want(kinds.POD, label_selector=selector)


def _mesh_configs(scope: Scope, snapshot: Snapshot) -> list[Want]:
    """Of every revision that an injector's webhook names: they say which trust domain the mesh has."""
    namespace = istio_namespace_of(snapshot, scope.istio_namespace)
    revisions = {tag.revision for tag in snapshot.revision_tags}
    names = sorted({"istio", *map(config_map_name, revisions)})
    return [Want(kinds.CONFIG_MAP, (namespace,), name) for name in names]


def _read_reviews(scope: Scope, snapshot: Snapshot, refs: Sequence[Ref]) -> Reading:
    from kubectl_mtls.kube.reviews import read_reviews  # files need nothing of kube

    usages = (usage for ref in refs for usage in resolve_usage(snapshot, ref.namespace, ref.name, ref.kind))
    askers = (asker for usage in usages if usage.needs_right for asker in usage.askers)
    accounts = dict.fromkeys((asker.namespace, asker.service_account) for asker in askers)
    return read_reviews(scope.api, [listing_review(place, account_user(place, name)) for place, name in accounts])


def wants_of_late(scope: Scope, snapshot: Snapshot) -> list[Want]:
    """What says why renewals that are due do not come."""
    now = scope.session.clock()
    late = {one.metadata.namespace for one in snapshot.certificates if is_due(one, now)}
    steps = (kinds.CERTIFICATE_REQUEST, kinds.ORDER, kinds.CHALLENGE)
    return [Want(kind, (namespace,)) for namespace in sorted(late) for kind in steps]


def _rights(snapshot: Snapshot) -> list[Want]:
    """Roles stand in where the API server may not be asked."""
    refused = {gap.namespace for gap in snapshot.gaps if gap.kind == kinds.LOCAL_ACCESS_REVIEW and gap.namespace}
    wants = [Want(kind, (namespace,)) for namespace in sorted(refused) for kind in _RIGHTS]
    return [*wants, Want(kinds.CLUSTER_ROLE_BINDING)] if wants else []


def _bound_roles(snapshot: Snapshot) -> list[Want]:
    """The ClusterRoles of the service accounts that somebody asked about."""
    accounts = {account_user(pod.metadata.namespace, pod.service_account) for pod in snapshot.pods.values()}
    bound = {one.role for one in snapshot.role_bindings if one.users & accounts}
    return [Want(ref.kind, None, ref.name) for ref in sorted(bound, key=str) if ref.kind == kinds.CLUSTER_ROLE]
