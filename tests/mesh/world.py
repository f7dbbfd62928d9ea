"""The mesh of this folder: which pods, Services and client rules there are. Policies come and go; this stays.

| pod | namespace | proxy | part |
|---|---|---|---|
| web | shop | sidecar | server: a Service for every way in which a client may come |
| db | data | sidecar | server: ports at several levels of policies, an excluded one, a headless Service |
| bare | legacy | none | server: plain and TLS applications |
| app, batch | front, batch | sidecar | clients; batch has a rule of its own for shop/mesh |
| naked | legacy | none | client |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.manifests import Manifest, parse_manifests

MESH_ID = "spiffe://cluster.local/ns/{}/sa/{}"


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod; its ServiceAccount and label `app` are called as it is."""

    name: str
    namespace: str
    in_mesh: bool = True
    excluded_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a Service, the port of the pod behind it, and whether the application there speaks TLS."""

    name: str
    number: int
    target: int
    is_tls: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A Service in front of one pod; `traffic` is the trafficPolicy of the DestinationRule for it, if there is one."""

    name: str
    pod: str
    ports: tuple[Port, ...]
    traffic: Mapping[str, Any] | None = None
    headless: bool = False


PODS = {
    pod.name: pod
    for pod in (
        Pod("web", "shop"),
        Pod("db", "data", excluded_ports=(8010,)),
        Pod("bare", "legacy", in_mesh=False),
        Pod("app", "front"),
        Pod("batch", "batch"),
        Pod("naked", "legacy", in_mesh=False),
    )
}

# Rules in the namespace of a client, by client and Service.
OWN_RULES: dict[tuple[str, str], Mapping[str, Any]] = {("batch", "shop/mesh"): {"tls": {"mode": "DISABLE"}}}


@dataclass(frozen=True, slots=True)
class Files:
    """Where the client's proxy finds certificates: the mesh's, which it got, and those of another CA."""

    mesh: Path
    other: Path

    def trusting(self, ca: str, names: str) -> dict[str, Any]:
        """TLS settings that accept servers of one CA with one name."""
        path = {"mesh": self.mesh / "root-cert.pem", "other": self.other / "ca.crt"}[ca]
        return {"caCertificates": str(path), "subjectAltNames": [names]}

    def pair(self, issuer: str) -> dict[str, Any]:
        """TLS settings with the certificate that one CA issued."""
        files = {
            "mesh": (self.mesh / "cert-chain.pem", self.mesh / "key.pem"),
            "other": (self.other / "client.crt", self.other / "client.key"),
        }
        certificate, key = files[issuer]
        return {"clientCertificate": str(certificate), "privateKey": str(key)}


def services(files: Files) -> Iterator[Service]:
    """All Services. Each has pod ports of its own, so that a line in the server's log tells which one was asked."""
    yield from _shop(files)
    ports = (Port("http", 80, 8001), Port("http-other", 81, 8002), Port("tcp", 9000, 9001))
    yield Service("db", "db", ports)
    yield Service("db-mesh", "db", ports, _tls("ISTIO_MUTUAL"))
    yield Service("excluded", "db", (Port("http", 80, 8010),))
    yield Service("headless", "db", (Port("http", 8011, 8011),), headless=True)
    # The server's sidecar takes it for TCP and writes a line when a connection ends: no connection serves two requests.
    traffic = {"connectionPool": {"http": {"maxRequestsPerConnection": 1}}}
    yield Service("undeclared", "db", (Port("anything", 82, 8003),), traffic)
    yield from _legacy(files)


def _shop(files: Files) -> Iterator[Service]:
    web = MESH_ID.format("shop", "web")
    accepting, refusing = files.trusting("mesh", web), files.trusting("other", "localhost")
    rules: dict[str, Mapping[str, Any] | None] = {
        "auto": None,
        "plain": _tls("DISABLE"),
        "mesh": _tls("ISTIO_MUTUAL"),
        "simple": _tls("SIMPLE", accepting),
        "simple-refusing": _tls("SIMPLE", refusing),
        "mutual": _tls("MUTUAL", files.pair("other"), accepting),
        "mutual-refusing": _tls("MUTUAL", files.pair("other"), refusing),
        "mutual-mesh": _tls("MUTUAL", files.pair("mesh"), accepting),
    }
    for number, (name, traffic) in enumerate(rules.items()):
        yield Service(name, "web", (Port("http", 80, 8100 + number), Port("tcp", 9000, 9100 + number)), traffic)
    yield Service("secure", "web", (Port("tcp", 9000, 9199, is_tls=True),), _tls("SIMPLE", refusing))


def _legacy(files: Files) -> Iterator[Service]:
    def both(number: int) -> tuple[Port, ...]:
        return Port("http", 80, 8200 + number), Port("tcp", 9000, 9200 + number)

    def secure(number: int) -> tuple[Port, ...]:
        return (Port("http", 443, 8440 + number, is_tls=True),)

    trusting = _tls("SIMPLE", files.trusting("other", "localhost"))
    yield Service("bare", "bare", both(0))
    yield Service("bare-mesh", "bare", both(1), _tls("ISTIO_MUTUAL"))
    yield Service("bare-simple", "bare", both(2), trusting)
    yield Service("bare-tls", "bare", secure(0))
    yield Service("bare-tls-mesh", "bare", secure(1), _tls("ISTIO_MUTUAL"))
    yield Service("bare-tls-simple", "bare", secure(2), trusting)


def _tls(mode: str, *settings: Mapping[str, Any]) -> dict[str, Any]:
    """The trafficPolicy that says so."""
    tls: dict[str, Any] = {"mode": mode}
    for one in settings:
        tls |= one
    return {"tls": tls}


def cluster_ips(all_services: tuple[Service, ...]) -> dict[str, str]:
    """The address of every Service by `namespace/name`, chosen here so that it is known before the API server is."""
    return {key(one): f"10.96.1.{number}" for number, one in enumerate(all_services, 1) if not one.headless}


def key(service: Service) -> str:
    """`namespace/name`."""
    return f"{PODS[service.pod].namespace}/{service.name}"


# A log that a test can read: who came from where to where, how it was encrypted, and what went wrong.
LOG_FORMAT = {
    "path": "%REQ(:PATH)%",
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "upstream_failure": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "downstream_failure": "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
    "upstream_tls": "%UPSTREAM_TLS_VERSION%",
    "downstream_tls": "%DOWNSTREAM_TLS_VERSION%",
    "peer": "%DOWNSTREAM_PEER_URI_SAN%",
    "from": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "to": "%DOWNSTREAM_LOCAL_ADDRESS%",
}

_CONTROL_PLANE = """
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: istiod, namespace: istio-system}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system, labels: {app: istiod, istio.io/rev: default}}
spec:
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod, istio.io/rev: default, sidecar.istio.io/inject: "false"}}
    spec:
      serviceAccountName: istiod
      containers:
        - name: discovery
          image: docker.io/istio/pilot:1.31.0
          args: [discovery, --domain, cluster.local]
          env: [{name: REVISION, value: default}, {name: PILOT_CERT_PROVIDER, value: istiod}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector, labels: {app: sidecar-injector, istio.io/rev: default}}
webhooks:
  - name: namespace.sidecar-injector.istio.io
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig: {service: {name: istiod, namespace: istio-system, path: /inject, port: 443}}
    namespaceSelector: {matchExpressions: [{key: istio-injection, operator: In, values: [enabled]}]}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
"""


def control_plane(log_format: str) -> list[Manifest]:
    """What installing Istio leaves in the API server, as far as istiod and a reader of the mesh look at it."""
    mesh = f"accessLogFile: /dev/stdout\naccessLogEncoding: JSON\naccessLogFormat: '{log_format}'\n"
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "istio", "namespace": "istio-system", "labels": {"istio.io/rev": "default"}},
        "data": {"mesh": mesh},
    }
    return [*parse_manifests(_CONTROL_PLANE), config]


def workloads(addresses: Mapping[str, str], all_services: tuple[Service, ...]) -> Iterator[Manifest]:
    """Pods at their addresses, Services with their endpoints, and the clients' rules."""
    for namespace in sorted({pod.namespace for pod in PODS.values()}):
        labels = {} if namespace == "legacy" else {"istio-injection": "enabled"}
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}}
    for pod in PODS.values():
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": pod.name, "namespace": pod.namespace}}
        yield _pod(pod, addresses[pod.name])
    ips = cluster_ips(all_services)
    for service in all_services:
        yield from _service(service, ips.get(key(service), "None"), addresses[service.pod])
        if service.traffic:
            yield _rule(service.name, PODS[service.pod].namespace, service, service.traffic)
    by_key = {key(service): service for service in all_services}
    for (client, asked), traffic in OWN_RULES.items():
        yield _rule(f"own-{by_key[asked].name}", PODS[client].namespace, by_key[asked], traffic)


def _pod(pod: Pod, address: str) -> Manifest:
    metadata: dict[str, Any] = {"name": pod.name, "namespace": pod.namespace, "labels": {"app": pod.name}}
    containers: list[dict[str, Any]] = [{"name": "app", "image": "app:1"}]
    if pod.in_mesh:
        metadata["labels"]["security.istio.io/tlsMode"] = "istio"
        metadata["annotations"] = {"sidecar.istio.io/status": '{"containers":["istio-proxy"],"revision":"default"}'}
        containers.append(
            {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.31.0", "args": ["proxy", "sidecar"]}
        )
    if pod.excluded_ports:
        ports = ",".join(map(str, pod.excluded_ports))
        metadata["annotations"]["traffic.sidecar.istio.io/excludeInboundPorts"] = ports
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"serviceAccountName": pod.name, "containers": containers, "nodeName": "node"},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def _service(service: Service, cluster_ip: str, address: str) -> Iterator[Manifest]:
    namespace = PODS[service.pod].namespace
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service.name, "namespace": namespace},
        "spec": {
            "clusterIP": cluster_ip,
            "selector": {"app": service.pod},
            "ports": [{"name": one.name, "port": one.number, "targetPort": one.target} for one in service.ports],
        },
    }
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{service.name}-1",
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": service.name},
        },
        "addressType": "IPv4",
        "ports": [{"name": one.name, "port": one.target, "protocol": "TCP"} for one in service.ports],
        "endpoints": [
            {
                "addresses": [address],
                "conditions": {"ready": True},
                "targetRef": {"kind": "Pod", "name": service.pod, "namespace": namespace},
            }
        ],
    }


def _rule(name: str, namespace: str, service: Service, traffic: Mapping[str, Any]) -> Manifest:
    host = f"{service.name}.{PODS[service.pod].namespace}.svc.cluster.local"
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"host": host, "trafficPolicy": dict(traffic)},
    }
