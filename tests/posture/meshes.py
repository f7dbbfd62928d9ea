"""Meshes as values: each manifest has a default for everything, a test names only what it is about."""

from collections.abc import Iterable, Mapping
from typing import Any

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.origin import ApiOrigin, FileOrigin
from kubectl_mtls.model.reading import Document, Manifest, Reading
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.accepts import Accepts, Effective
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import mode_word

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
ROOT = "istio-system"


def manifest(api_version: str, kind: str, namespace: str | None, name: str, **rest: Any) -> Manifest:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **rest.pop("metadata", {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def policy(
    name: str = "default",
    mode: str | None = None,
    *,
    namespace: str = "shop",
    select: Mapping[str, str] | None = None,
    ports: Mapping[int, str | None] | None = None,
    created: str | None = OLD,
) -> Manifest:
    """A PeerAuthentication; `select` {} is an empty selector, None none."""
    spec: dict[str, Any] = {}
    if mode is not None:
        spec["mtls"] = {"mode": mode}
    if select is not None:
        spec["selector"] = {"matchLabels": dict(select)} if select else {}
    if ports is not None:
        spec["portLevelMtls"] = {str(port): {"mode": of} if of else {} for port, of in ports.items()}
    age = {"creationTimestamp": created} if created else {}
    return manifest("security.istio.io/v1", "PeerAuthentication", namespace, name, metadata=age, spec=spec)


def pod(
    name: str = "cart-0",
    *,
    namespace: str = "shop",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    proxy: Iterable[str] | None = ("proxy", "sidecar"),
    ports: Mapping[str, int] | None = None,
) -> Manifest:
    """A running pod with label app=cart and a sidecar; `proxy` are its arguments, None leaves it out."""
    declared = [{"name": key, "containerPort": number} for key, number in (ports or {"http": 8080}).items()]
    containers: list[dict[str, Any]] = [{"name": "app", "image": "app:1", "ports": declared}]
    if proxy is not None:
        containers.append({"name": "istio-proxy", "image": "istio/proxyv2:1.31.0", "args": list(proxy)})
    metadata = {"labels": {"app": "cart", **(labels or {})}, "annotations": dict(annotations or {})}
    return manifest(
        "v1",
        "Pod",
        namespace,
        name,
        metadata=metadata,
        spec={"containers": containers},
        status={"phase": "Running", "podIP": "10.0.0.1"},
    )


def service(
    name: str = "cart",
    *,
    namespace: str = "shop",
    select: Mapping[str, str] | None = None,
    ports: Iterable[Mapping[str, Any]] = ({"name": "http", "port": 80, "targetPort": 8080},),
    **spec: Any,
) -> Manifest:
    selector = {"app": "cart"} if select is None else dict(select)
    return manifest(
        "v1", "Service", namespace, name, spec={"selector": selector, "ports": [dict(port) for port in ports], **spec}
    )


def endpoint_slice(
    *pods: str, name: str = "cart", namespace: str = "shop", port: int = 8080, addresses: Iterable[str] = ()
) -> Manifest:
    """The EndpointSlice of a Service: pods by name, and `addresses` that belong to none."""
    endpoints: list[dict[str, Any]] = [
        {"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": one, "namespace": namespace}} for one in pods
    ]
    endpoints += [{"addresses": [address]} for address in addresses]
    return manifest(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        namespace,
        f"{name}-abc",
        metadata={"labels": {"kubernetes.io/service-name": name}},
        ports=[{"name": "http", "port": port}],
        endpoints=endpoints,
    )


def mesh_config(mesh: str = "{}", *, revision: str = "", namespace: str = ROOT) -> Manifest:
    name = f"istio-{revision}" if revision else "istio"
    return manifest("v1", "ConfigMap", namespace, name, data={"mesh": mesh})


def istiod(
    revision: str | None = None, *, image: str = "istio/pilot:1.31.0", env: Mapping[str, str] | None = None
) -> Manifest:
    labels = {"app": "istiod", **({"istio.io/rev": revision} if revision else {})}
    variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
    containers = [{"name": "discovery", "image": image, "env": variables}]
    return manifest(
        "apps/v1",
        "Deployment",
        ROOT,
        f"istiod-{revision}" if revision else "istiod",
        metadata={"labels": labels},
        spec={"template": {"spec": {"containers": containers}}},
    )


def tag(name: str, revision: str) -> Manifest:
    return manifest(
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        None,
        f"istio-revision-tag-{name}",
        metadata={"labels": {"istio.io/tag": name, "istio.io/rev": revision}},
    )


def envoy_filter(
    *,
    namespace: str = "shop",
    apply_to: str = "FILTER_CHAIN",
    context: str | None = "SIDECAR_INBOUND",
    select: Mapping[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    match = {"context": context} if context else {}
    selector = {"workloadSelector": {"labels": dict(select)}} if select else {}
    patches = [{"applyTo": apply_to, "match": match, "patch": {"operation": "MERGE"}}]
    spec = {"configPatches": patches, **selector, **spec}
    return manifest("networking.istio.io/v1alpha3", "EnvoyFilter", namespace, "patch", spec=spec)


def forbidden(kind: Kind, namespace: str | None = None, name: str | None = None, **rest: Any) -> Gap:
    return Gap(kind, namespace, name, GapReason.FORBIDDEN, f"{kind.plural} forbidden", f"list {kind.resource}", **rest)


def snapshot_of(manifests: Iterable[Manifest], *, gaps: Iterable[Gap] = (), live: bool = True) -> Snapshot:
    origin = ApiOrigin() if live else FileOrigin("mesh.yaml", 1)
    return build_snapshot(Reading(tuple(Document(one, origin) for one in manifests), tuple(gaps)), live=live)


def accepts(
    manifests: Iterable[Manifest], *, port: int = 8080, name: str = "cart-0", gaps: Iterable[Gap] = ()
) -> Accepts:
    """What the pod of this name accepts on a port, in whatever namespace it is."""
    snapshot = snapshot_of(manifests, gaps=gaps)
    (found,) = [one for one in snapshot.pods.values() if one.metadata.name == name]
    return resolve_server(Policies(snapshot), found, port)


def mode(*manifests: Manifest, port: int = 8080, gaps: Iterable[Gap] = (), of: Manifest | None = None) -> str:
    """The word for what a pod (by default one in namespace shop) accepts."""
    return mode_word(accepts([of or pod(), *manifests], port=port, gaps=gaps))


def decider(answer: Accepts) -> str:
    """`namespace/name field` of the policy that decided; empty where none did."""
    assert isinstance(answer, Effective), answer
    if answer.decided_by is None:
        return ""
    return f"{answer.decided_by.metadata.namespace}/{answer.decided_by.metadata.name} {answer.field}"


def losers(answer: Accepts) -> list[tuple[str, str, str]]:
    """`namespace/name`, field and the name of the Loss of every policy that lost."""
    assert isinstance(answer, Effective), answer
    return [
        (f"{lost.policy.metadata.namespace}/{lost.policy.metadata.name}", lost.field, lost.why.name)
        for lost in answer.overruled
    ]
