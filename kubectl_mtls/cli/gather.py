"""What does a command need to read? In rounds: first the control planes, then the mesh, then what those name."""

from collections.abc import Iterable
from dataclasses import replace

from kubectl_mtls.cli.essentials import demand_istio
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE, config_map_name, injector_namespaces
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import WORKLOAD_KINDS, Kind
from kubectl_mtls.model.reading import Reading, Source, Want, together
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_namespaces import client_namespaces

_ISTIOD = "app=istiod"

CONNECTION_KINDS: tuple[Kind, ...] = (
    kinds.DESTINATION_RULE,
    kinds.SERVICE_ENTRY,
    kinds.WORKLOAD_ENTRY,
    kinds.SIDECAR,
    kinds.VIRTUAL_SERVICE,
    kinds.AUTHORIZATION_POLICY,
    kinds.GATEWAY,
    kinds.KUBERNETES_GATEWAY,
    kinds.GATEWAY_CLASS,
    kinds.REFERENCE_GRANT,
    kinds.BACKEND_TLS_POLICY,
)
"""What says what clients send, beside what says what servers accept."""

EVIDENCE_KINDS: tuple[Kind, ...] = (
    kinds.VALIDATING_WEBHOOK,
    kinds.CUSTOM_RESOURCE,
    kinds.API_SERVICE,
    kinds.INGRESS,
    kinds.NETWORK_POLICY,
)
"""What says who calls without a proxy, beside the mutating webhooks, which are read in any case."""


def read_istio_namespaces(source: Source, asked: str | None) -> tuple[str, ...] | None:
    """Where control planes live; None where the webhooks that say so cannot be read and nobody says it otherwise."""
    webhooks = Reading() if asked else source.read([Want(kinds.MUTATING_WEBHOOK)])
    return None if webhooks.gaps else _istio_namespaces(webhooks, asked)


def read_control_planes(source: Source, istio_namespace: str | None, *, live: bool = True) -> Snapshot:
    """Only what says which control planes there are."""
    return build_snapshot(_read_control_planes(source, istio_namespace), live=live)


def read_mesh(
    source: Source,
    namespaces: tuple[str, ...] | None,
    istio_namespace: str | None,
    *,
    live: bool,
    also: Iterable[Kind] = (),
) -> Snapshot:
    """The mesh as seen from `namespaces` (None: everywhere): their pods, Services and endpoints, all policies.

    `also` are further Istio kinds, read everywhere. Raises NotInstalled when a cluster serves no Istio.
    """
    first = _read_control_planes(source, istio_namespace)
    istio = _istio_namespaces(first, istio_namespace)
    narrow = tuple(dict.fromkeys((*(namespaces or ()), *istio)))
    everywhere = (kinds.PEER_AUTHENTICATION, kinds.ENVOY_FILTER, *also)
    second = source.read(
        [
            *_namespace_wants(namespaces),
            *(Want(kind, namespaces) for kind in (kinds.POD, kinds.SERVICE, kinds.ENDPOINT_SLICE)),
            *(Want(kind, narrow=narrow) for kind in everywhere),
            *([] if live else [Want(kind) for kind in WORKLOAD_KINDS]),
            Want(kinds.CONFIG_MAP, name=ROOT_CONFIG_MAP, narrow=narrow),
        ]
    )
    reading = together(first, second)
    snapshot = build_snapshot(reading, live=live)
    if live:
        demand_istio(source, snapshot, istio)
        more = together(reading, _read_root_policies(source, snapshot, narrow, everywhere))
        more = _with_mesh_config_gap(more, snapshot, istio)
        if more != reading:
            snapshot = build_snapshot(more, live=live)
    return snapshot


def read_clients(source: Source, snapshot: Snapshot, namespaces: tuple[str, ...] | None) -> Snapshot:
    """The snapshot with the pods of namespaces whose rules name a Service of these: to others they are as clients."""
    if namespaces is None:
        return snapshot
    others = client_namespaces(snapshot, namespaces) - {*namespaces, *(key[0] for key in snapshot.pods)}
    if not others:
        return snapshot
    more = build_snapshot(source.read([Want(kinds.POD, tuple(sorted(others)))]), live=True)
    return replace(
        snapshot,
        pods={**snapshot.pods, **more.pods},
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *more.gaps))),
        documents={**snapshot.documents, **more.documents},
    )


def _read_control_planes(source: Source, istio_namespace: str | None) -> Reading:
    webhooks = source.read([Want(kinds.MUTATING_WEBHOOK)])
    istio = _istio_namespaces(webhooks, istio_namespace)
    found = source.read(
        [
            *(Want(kinds.DEPLOYMENT, (namespace,), label_selector=_ISTIOD) for namespace in istio),
            *(Want(kinds.CONFIG_MAP, (namespace,), "istio") for namespace in istio),
        ]
    )
    reading = together(webhooks, found)
    names = {config_map_name(one.revision) for one in build_snapshot(reading, live=True).istiods} - {"istio"}
    if names:
        wants = [Want(kinds.CONFIG_MAP, (namespace,), name) for namespace in istio for name in sorted(names)]
        reading = together(reading, source.read(wants))
    return reading


def _istio_namespaces(reading: Reading, asked: str | None) -> tuple[str, ...]:
    """Where control planes live: as asked, else where the injectors' Services are, else where Istio usually is."""
    if asked:
        return (asked,)
    webhooks = [document for document in reading.documents if document.manifest["kind"] == kinds.MUTATING_WEBHOOK.name]
    found = {namespace for document in webhooks for namespace in injector_namespaces(document)}
    return tuple(sorted(found)) or (DEFAULT_NAMESPACE,)


def _namespace_wants(namespaces: tuple[str, ...] | None) -> list[Want]:
    if namespaces is None:
        return [Want(kinds.NAMESPACE)]
    return [Want(kinds.NAMESPACE, name=namespace) for namespace in namespaces]


def _read_root_policies(
    source: Source, snapshot: Snapshot, read: tuple[str, ...], everywhere: tuple[Kind, ...]
) -> Reading:
    """The root namespace's policies where they were read namespace by namespace and it was not among those."""
    roots = {mesh.root_namespace for mesh in snapshot.mesh_configs.values()} - set(read)
    wants = [
        Want(kind, (root,))
        for kind in everywhere
        for root in sorted(roots)
        if snapshot.gap_hiding(kind, root) is not None
    ]
    return source.read(wants) if wants else Reading()


def _with_mesh_config_gap(reading: Reading, snapshot: Snapshot, istio: tuple[str, ...]) -> Reading:
    """No MeshConfig was found, and the webhooks that would say where to look can't be read: it may be elsewhere."""
    blind = next((gap for gap in snapshot.gaps if gap.kind == kinds.MUTATING_WEBHOOK), None)
    if snapshot.mesh_configs or blind is None:
        return reading
    if any(gap.kind == kinds.CONFIG_MAP and gap.name == "istio" for gap in snapshot.gaps):
        return reading
    detail = (
        f"no MeshConfig in namespace {', '.join(istio)}, and the webhooks that say where istiod lives can't be read"
    )
    return Reading(
        reading.documents,
        (*reading.gaps, Gap(kinds.CONFIG_MAP, None, "istio", GapReason.UNREADABLE, detail, blind.missing_rule)),
    )
