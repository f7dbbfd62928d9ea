"""Clients as values: two pods, a Service between them, and the objects that decide what one sends to the other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_class import Classifier
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.traffic import Traffic, traffic_of
from kubectl_mtls.posture.server.services import resolve_services
from tests.posture.meshes import OLD, manifest, snapshot_of

HOST = "cart.shop.svc.cluster.local"
ISTIO = {"security.istio.io/tlsMode": "istio"}


def workload(
    name: str,
    namespace: str,
    address: str,
    *,
    labels: Mapping[str, str] | None = None,
    proxy: Sequence[str] | None = ("proxy", "sidecar"),
    annotations: Mapping[str, str] | None = None,
    port: int = 8080,
    account: str = "default",
) -> Manifest:
    """A running pod with label app=NAME, and the injector's label where it has a sidecar."""
    containers: list[dict[str, Any]] = [{"name": "app", "ports": [{"name": "http", "containerPort": port}]}]
    if proxy:
        containers.append({"name": "istio-proxy", "args": list(proxy)})
    injected = ISTIO if proxy and "sidecar" in proxy else {}
    metadata = {"labels": {"app": name, **injected, **(labels or {})}, "annotations": dict(annotations or {})}
    return manifest(
        "v1",
        "Pod",
        namespace,
        name,
        metadata=metadata,
        spec={"containers": containers, "serviceAccountName": account},
        status={"phase": "Running", "podIP": address},
    )


def client(**rest: Any) -> Manifest:
    """Pod web of namespace front, with a sidecar."""
    return workload("web", "front", "10.0.1.1", **rest)


def server(**rest: Any) -> Manifest:
    """Pod cart of namespace shop, with a sidecar."""
    return workload("cart", "shop", "10.0.0.1", **rest)


def service(
    namespace: str = "shop",
    *,
    port: int = 80,
    port_name: str = "http",
    annotations: Mapping[str, str] | None = None,
    **spec: Any,
) -> Manifest:
    """Service cart with port 80 to the pods' 8080."""
    ports = [{"name": port_name, "port": port, "targetPort": 8080}]
    metadata = {"annotations": dict(annotations or {}), "creationTimestamp": OLD}
    spec = {"selector": {"app": "cart"}, "clusterIP": "10.96.0.1", "ports": ports, **spec}
    return manifest("v1", "Service", namespace, "cart", metadata=metadata, spec=spec)


def endpoints(*pods: Manifest, namespace: str = "shop", port_name: str = "http") -> Manifest:
    """The EndpointSlice of Service cart."""
    return manifest(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        namespace,
        "cart-abc",
        metadata={"labels": {"kubernetes.io/service-name": "cart"}},
        addressType="IPv4",
        ports=[{"name": port_name, "port": 8080}],
        endpoints=[
            {
                "addresses": [one["status"]["podIP"]],
                "targetRef": {"kind": "Pod", "name": one["metadata"]["name"], "namespace": namespace},
            }
            for one in pods
        ],
    )


def rule(
    name: str = "cart",
    host: str = HOST,
    *,
    namespace: str = "front",
    tls: Any = None,
    mode: str | None = None,
    ports: Mapping[int, Any] | None = None,
    subsets: Sequence[Mapping[str, Any]] = (),
    select: Mapping[str, str] | None = None,
    export_to: Sequence[str] = (),
    balancer: str | None = None,
    created: str = OLD,
) -> Manifest:
    """A DestinationRule. `ports` are tls blocks of portLevelSettings (None: an entry without); `select` {} is a
    selector that holds for everybody.
    """
    policy: dict[str, Any] = {}
    if mode is not None or tls is not None:
        policy["tls"] = tls if tls is not None else {"mode": mode}
    if balancer:
        policy["loadBalancer"] = {"simple": balancer}
    if ports is not None:
        policy["portLevelSettings"] = [
            {"port": {"number": number}, **({"tls": of} if of is not None else {"connectionPool": {}})}
            for number, of in ports.items()
        ]
    spec: dict[str, Any] = {"host": host, **({"trafficPolicy": policy} if policy else {})}
    if subsets:
        spec["subsets"] = [dict(one) for one in subsets]
    if select is not None:
        spec["workloadSelector"] = {"matchLabels": dict(select)} if select else {}
    if export_to:
        spec["exportTo"] = list(export_to)
    metadata = {"creationTimestamp": created}
    return manifest("networking.istio.io/v1", "DestinationRule", namespace, name, metadata=metadata, spec=spec)


def networking(kind: str, namespace: str, name: str, **spec: Any) -> Manifest:
    """A ServiceEntry, WorkloadEntry, Sidecar, VirtualService or Gateway."""
    return manifest("networking.istio.io/v1", kind, namespace, name, metadata={"creationTimestamp": OLD}, spec=spec)


def mesh(*more: Manifest, behind: Iterable[Manifest] | None = None, **of_service: Any) -> list[Manifest]:
    """Client, server, Service and EndpointSlice, and whatever else; `behind` are other servers."""
    servers = [server()] if behind is None else list(behind)
    name = of_service.get("port_name", "http")
    return [client(), *servers, service(**of_service), endpoints(*servers, port_name=name), *more]


def connections(
    snapshot: Snapshot, name: str = "web", host: str = HOST, port: int = 80
) -> dict[str | None, Connection]:
    """The connections of a pod to a port of a host, by subset."""
    outbound = Outbound(snapshot)
    (pod,) = [one for one in snapshot.pods.values() if one.metadata.name == name]
    resolver = Connections(outbound)
    caller = Classifier(outbound).of(pod)
    named = resolver.named(caller, host)
    assert named is not None, host
    of_port = next(one for one in named.ports if one.number == port)
    return {one.subset: one for one in resolver.of(caller, named, of_port)}


def connect(*manifests: Manifest, subset: str | None = None, name: str = "web", **asked: Any) -> Connection:
    """One connection of a mesh."""
    return connections(snapshot_of(manifests), name, **asked)[subset]


def rules_of(connection: Connection) -> list[str]:
    """`namespace/name` of the rules behind it, in the order of merging."""
    chosen = connection.chosen.rule
    return [f"{one.metadata.namespace}/{one.metadata.name}" for one in (chosen.rules if chosen else ())]


def traffic_in(snapshot: Snapshot) -> tuple[Traffic, ...]:
    """Who calls each Service port of a mesh."""
    return traffic_of(TrafficResolver(Connections(Outbound(snapshot))), resolve_services(snapshot))
