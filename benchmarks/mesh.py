"""A mesh of any size as manifests: what a benchmark's API server holds.

Pods are as the injector, the scheduler and the kubelet leave them (proxy, probes, volumes, conditions), so that their
managedFields, which the API server writes itself, make about 20 kB of JSON a pod.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

SERVICES_PER_NAMESPACE = 50
_ISTIO = "istio-system"
_MESH = "rootNamespace: istio-system\ntrustDomain: cluster.local\nenableAutoMtls: true\n"


@dataclass(frozen=True, slots=True)
class Size:
    """How big a mesh is."""

    services: int
    pods_per_service: int = 5

    @property
    def pods(self) -> int:
        """All of them."""
        return self.services * self.pods_per_service

    def __str__(self) -> str:
        return f"{self.services:,} services, {self.pods:,} pods"


def foundation(size: Size) -> Iterator[Manifest]:
    """Namespaces, the control plane and the policies: what is written first and in order."""
    yield _object("v1", "Namespace", {"name": _ISTIO})
    for number in range(_namespaces(size)):
        yield _object("v1", "Namespace", {"name": _namespace(number), "labels": {"istio-injection": "enabled"}})
    yield from _control_plane()
    yield _policy(_ISTIO, "default", {"mtls": {"mode": "PERMISSIVE"}})
    for number in range(_namespaces(size)):
        yield _policy(_namespace(number), "default", {"mtls": {"mode": "STRICT"}})
        if number % 4 == 0:
            app = _service_name(number * SERVICES_PER_NAMESPACE)
            ports = {"9090": {"mode": "PERMISSIVE"}}
            spec = {"selector": {"matchLabels": {"app": app}}, "mtls": {"mode": "STRICT"}, "portLevelMtls": ports}
            yield _policy(_namespace(number), app, spec)


def services(size: Size) -> Iterator[Manifest]:
    """Every Service, with the EndpointSlice that its controller would write."""
    for number in range(size.services):
        namespace, name = _namespace(number // SERVICES_PER_NAMESPACE), _service_name(number)
        labels = {"app": name, "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace}
        ports = [
            {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"},
            {"name": "http-metrics", "port": 9090, "targetPort": "metrics", "protocol": "TCP"},
        ]
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        yield _object("v1", "Service", metadata, spec={"selector": {"app": name}, "ports": ports})
        yield _endpoint_slice(size, number)


def networking(size: Size) -> Iterator[Manifest]:
    """What says what clients send: three DestinationRules for ten Services, some for hosts outside, and Sidecars."""
    for number in range(size.services):
        yield from _rules(size, number)
        if number % 20 == 6:
            yield _outside(number)
    for number in range(0, _namespaces(size), 5):
        hosts = ["./*", "istio-system/*", f"{_neighbour(size, number * SERVICES_PER_NAMESPACE)}/*"]
        yield _networking("Sidecar", _namespace(number), "default", egress=[{"hosts": hosts}])


def _rules(size: Size, number: int) -> Iterator[Manifest]:
    """Of ten Services one has a rule with subsets, one a rule without TLS; to a third another namespace has a rule, or
    to a host outside of the mesh; one in a hundred of these sends plaintext to a STRICT server.
    """
    namespace, name = _namespace(number // SERVICES_PER_NAMESPACE), _service_name(number)
    host = f"{name}.{namespace}.svc.cluster.local"
    if number % 10 == 0:
        subsets = [{"name": "v1", "labels": {"version": "v1"}}]
        policy = {"tls": {"mode": "ISTIO_MUTUAL"}}
        yield _networking("DestinationRule", namespace, name, host=host, trafficPolicy=policy, subsets=subsets)
    elif number % 10 == 3:
        policy = {"loadBalancer": {"simple": "LEAST_REQUEST"}}
        yield _networking("DestinationRule", namespace, name, host=host, trafficPolicy=policy)
    elif number % 20 == 6:
        policy = {"portLevelSettings": [{"port": {"number": 443}, "tls": {"mode": "SIMPLE"}}]}
        yield _networking("DestinationRule", namespace, name, host=_outside_host(number), trafficPolicy=policy)
    elif number % 20 == 16:
        policy = {"tls": {"mode": "DISABLE" if number % 100 == 16 else "ISTIO_MUTUAL"}}
        yield _networking("DestinationRule", _neighbour(size, number), name, host=host, trafficPolicy=policy)


def _neighbour(size: Size, number: int) -> str:
    """The namespace beside that of a Service."""
    return _namespace((number // SERVICES_PER_NAMESPACE + 1) % _namespaces(size))


def _outside_host(number: int) -> str:
    return f"api-{number:05}.partner.example"


def _outside(number: int) -> Manifest:
    """Every second one is for its own namespace alone."""
    return _networking(
        "ServiceEntry",
        _namespace(number // SERVICES_PER_NAMESPACE),
        _service_name(number),
        hosts=[_outside_host(number)],
        ports=[{"name": "tls", "number": 443, "protocol": "HTTPS"}, {"name": "http", "number": 80, "protocol": "HTTP"}],
        resolution="DNS",
        location="MESH_EXTERNAL",
        exportTo=["." if number % 40 == 6 else "*"],
    )


def pods(size: Size) -> Iterator[Manifest]:
    """Every pod, with its status: the API server wants that in a second request."""
    for number in range(size.services):
        for replica in range(size.pods_per_service):
            yield _pod(size, number, replica)


def _namespaces(size: Size) -> int:
    return -(-size.services // SERVICES_PER_NAMESPACE)


def _namespace(number: int) -> str:
    return f"team-{number:03}"


def _service_name(number: int) -> str:
    return f"service-{number:05}"


def _pod_name(number: int, replica: int) -> str:
    return f"{_service_name(number)}-{_hash(number)}-{_suffix(number, replica)}"


def _hash(number: int) -> str:
    return f"{(number * 2654435761) % 0x100000000:08x}"


def _suffix(number: int, replica: int) -> str:
    return f"{(number * 40503 + replica * 7919) % 0x100000:05x}"


def _address(size: Size, number: int, replica: int) -> str:
    one = number * size.pods_per_service + replica + 1
    return f"10.{100 + (one >> 16)}.{(one >> 8) & 255}.{one & 255}"


def _uid(kind: int, number: int, replica: int = 0) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:08x}{replica:04x}"


def _object(api_version: str, kind: str, metadata: Manifest, **rest: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def _policy(namespace: str, name: str, spec: Manifest) -> Manifest:
    metadata = {"name": name, "namespace": namespace}
    return _object("security.istio.io/v1", "PeerAuthentication", metadata, spec=spec)


def _networking(kind: str, namespace: str, name: str, **spec: Any) -> Manifest:
    return _object("networking.istio.io/v1", kind, {"name": name, "namespace": namespace}, spec=spec)


def _control_plane() -> Iterator[Manifest]:
    yield _object("v1", "ConfigMap", {"name": "istio", "namespace": _ISTIO}, data={"mesh": _MESH})
    istiod = {"name": "discovery", "image": "docker.io/istio/pilot:1.31.0"}
    template = {"metadata": {"labels": {"app": "istiod"}}, "spec": {"containers": [istiod]}}
    yield _object(
        "apps/v1",
        "Deployment",
        {"name": "istiod", "namespace": _ISTIO, "labels": {"app": "istiod", "istio.io/rev": "default"}},
        spec={"replicas": 1, "selector": {"matchLabels": {"app": "istiod"}}, "template": template},
    )


def injector() -> Manifest:
    """The injector's webhook: written last, since nobody answers it and pods would be refused."""
    hook = {
        "name": "rev.namespace.sidecar-injector.istio.io",
        "clientConfig": {"service": {"name": "istiod", "namespace": _ISTIO, "path": "/inject"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    labels = {"app": "sidecar-injector", "istio.io/rev": "default"}
    metadata = {"name": "istio-sidecar-injector", "labels": labels}
    return _object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", metadata, webhooks=[hook])


def _endpoint_slice(size: Size, number: int) -> Manifest:
    namespace, name = _namespace(number // SERVICES_PER_NAMESPACE), _service_name(number)
    labels = {
        "app": name,
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": namespace,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": name,
    }
    owner = {"apiVersion": "v1", "kind": "Service", "name": name, "uid": _uid(1, number), "controller": True}
    endpoints = [
        {
            "addresses": [_address(size, number, replica)],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "nodeName": f"node-{replica:03}",
            "targetRef": {
                "kind": "Pod",
                "namespace": namespace,
                "name": _pod_name(number, replica),
                "uid": _uid(2, number, replica),
            },
            "zone": f"zone-{replica % 3}",
        }
        for replica in range(size.pods_per_service)
    ]
    ports = [
        {"name": "http", "port": 8080, "protocol": "TCP"},
        {"name": "http-metrics", "port": 9090, "protocol": "TCP"},
    ]
    return _object(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {"name": f"{name}-{_suffix(number, 0)}", "namespace": namespace, "labels": labels, "ownerReferences": [owner]},
        addressType="IPv4",
        endpoints=endpoints,
        ports=ports,
    )


def _pod(size: Size, number: int, replica: int) -> Manifest:
    namespace, app = _namespace(number // SERVICES_PER_NAMESPACE), _service_name(number)
    hashed, address = _hash(number), _address(size, number, replica)
    token = f"kube-api-access-{_suffix(number, replica)}"
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": f"{app}-{hashed}",
        "uid": _uid(3, number),
        "controller": True,
        "blockOwnerDeletion": True,
    }
    metadata = {
        "name": _pod_name(number, replica),
        "generateName": f"{app}-{hashed}-",
        "namespace": namespace,
        "labels": {
            "app": app,
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/part-of": namespace,
            "pod-template-hash": hashed,
            "security.istio.io/tlsMode": "istio",
            "service.istio.io/canonical-name": app,
            "service.istio.io/canonical-revision": "latest",
            "version": "v1",
        },
        "annotations": {
            "istio.io/rev": "default",
            "kubectl.kubernetes.io/default-container": app,
            "kubectl.kubernetes.io/default-logs-container": app,
            "prometheus.io/path": "/stats/prometheus",
            "prometheus.io/port": "15020",
            "prometheus.io/scrape": "true",
            "sidecar.istio.io/status": (
                '{"initContainers":["istio-init"],"containers":["istio-proxy"],"volumes":["workload-socket",'
                '"credential-socket","workload-certs","istio-envoy","istio-data","istio-podinfo","istio-token",'
                '"istiod-ca-cert"],"imagePullSecrets":null,"revision":"default"}'
            ),
        },
        "ownerReferences": [owner],
    }
    spec = {
        "serviceAccountName": app,
        "nodeName": f"node-{replica:03}",
        "initContainers": [_init(token)],
        "containers": [_application(app, token), _proxy(namespace, app, token)],
        "volumes": _volumes(token),
        "tolerations": [
            {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in ("not-ready", "unreachable")
        ],
    }
    return _object("v1", "Pod", metadata, spec=spec, status=_status(app, address))


def _mount(name: str, path: str, **more: Any) -> Manifest:
    return {"name": name, "mountPath": path, **more}


def _init(token: str) -> Manifest:
    words = (
        "istio-iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x '' -b * -d 15090,15021,15020 "
        "--log_output_level=default:info"
    )
    return {
        "name": "istio-init",
        "image": "docker.io/istio/proxyv2:1.31.0",
        "args": words.split(" "),
        "resources": _resources(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": False,
            "runAsGroup": 0,
            "runAsNonRoot": False,
            "runAsUser": 0,
        },
        "volumeMounts": [_mount(token, "/var/run/secrets/kubernetes.io/serviceaccount", readOnly=True)],
    }


def _resources() -> Manifest:
    return {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}


def _probe(path: str, port: int) -> Manifest:
    return {"httpGet": {"path": path, "port": port}, "periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 4}


def _application(app: str, token: str) -> Manifest:
    variables = {
        "LOG_LEVEL": "info",
        "REGION": "eu-central-1",
        "DATABASE": f"postgres://{app}.db.svc:5432/{app}",
        "OTEL_SERVICE_NAME": app,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.telemetry.svc:4317",
        **{f"FEATURE_{number:02}_ENABLED": "true" for number in range(16)},
    }
    return {
        "name": app,
        "image": f"registry.example.com/{app}:1.14.2",
        "ports": [
            {"name": "http", "containerPort": 8080, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
        ],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "livenessProbe": _probe("/app-health/live", 15020),
        "readinessProbe": _probe("/app-health/ready", 15020),
        "resources": _resources(),
        "volumeMounts": [_mount(token, "/var/run/secrets/kubernetes.io/serviceaccount", readOnly=True)],
    }


def _proxy(namespace: str, app: str, token: str) -> Manifest:
    from_fields = {
        "POD_NAME": "metadata.name",
        "POD_NAMESPACE": "metadata.namespace",
        "INSTANCE_IP": "status.podIP",
        "SERVICE_ACCOUNT": "spec.serviceAccountName",
        "HOST_IP": "status.hostIP",
    }
    values = {
        "PILOT_CERT_PROVIDER": "istiod",
        "CA_ADDR": "istiod.istio-system.svc:15012",
        "PROXY_CONFIG": "{}\n",
        "ISTIO_META_POD_PORTS": '[{"name":"http","containerPort":8080},{"name":"metrics","containerPort":9090}]',
        "ISTIO_META_APP_CONTAINERS": app,
        "ISTIO_META_CLUSTER_ID": "Kubernetes",
        "ISTIO_META_INTERCEPTION_MODE": "REDIRECT",
        "ISTIO_META_WORKLOAD_NAME": app,
        "ISTIO_META_OWNER": f"kubernetes://apis/apps/v1/namespaces/{namespace}/deployments/{app}",
        "ISTIO_META_MESH_ID": "cluster.local",
        "TRUST_DOMAIN": "cluster.local",
    }
    return {
        "name": "istio-proxy",
        "image": "docker.io/istio/proxyv2:1.31.0",
        "args": [
            *("proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"),
            *("--proxyLogLevel=warning", "--proxyComponentLogLevel=misc:error", "--log_output_level=default:info"),
        ],
        "ports": [{"name": "http-envoy-prom", "containerPort": 15090, "protocol": "TCP"}],
        "env": [
            *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in from_fields.items()),
            *({"name": name, "value": value} for name, value in values.items()),
        ],
        "readinessProbe": _probe("/healthz/ready", 15021),
        "startupProbe": _probe("/healthz/ready", 15021),
        "resources": _resources(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsGroup": 1337,
            "runAsNonRoot": True,
            "runAsUser": 1337,
        },
        "volumeMounts": [
            _mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
            _mount("credential-socket", "/var/run/secrets/credential-uds"),
            _mount("workload-certs", "/var/run/secrets/workload-spiffe-credentials"),
            _mount("istiod-ca-cert", "/var/run/secrets/istio"),
            _mount("istio-data", "/var/lib/istio/data"),
            _mount("istio-envoy", "/etc/istio/proxy"),
            _mount("istio-token", "/var/run/secrets/tokens"),
            _mount("istio-podinfo", "/etc/istio/pod"),
            _mount(token, "/var/run/secrets/kubernetes.io/serviceaccount", readOnly=True),
        ],
    }


def _volumes(token: str) -> list[Manifest]:
    empty = ("workload-socket", "credential-socket", "workload-certs", "istio-envoy", "istio-data")
    audience = {"audience": "istio-ca", "expirationSeconds": 43200, "path": "istio-token"}
    podinfo = [{"path": field, "fieldRef": {"fieldPath": f"metadata.{field}"}} for field in ("labels", "annotations")]
    api_access = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
    return [
        *({"name": name, "emptyDir": {}} for name in empty),
        {"name": "istio-podinfo", "downwardAPI": {"items": podinfo}},
        {"name": "istio-token", "projected": {"sources": [{"serviceAccountToken": audience}]}},
        {"name": "istiod-ca-cert", "configMap": {"name": "istio-ca-root-cert"}},
        {"name": token, "projected": {"sources": api_access}},
    ]


def _status(app: str, address: str) -> Manifest:
    since = "2026-11-02T08:15:30Z"
    done = {"terminated": {"exitCode": 0, "reason": "Completed"}}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "hostIP": "192.168.10.7",
        "hostIPs": [{"ip": "192.168.10.7"}],
        "qosClass": "Burstable",
        "startTime": since,
        "conditions": [{"type": kind, "status": "True", "lastTransitionTime": since} for kind in kinds],
        "initContainerStatuses": [_container_status("istio-init", done)],
        "containerStatuses": [
            _container_status(name, {"running": {"startedAt": since}}) for name in (app, "istio-proxy")
        ],
    }


def _container_status(name: str, state: Manifest) -> Manifest:
    digest = "sha256:4f0b1c7d6a8e2f3b9c5d7e1a0f6b8c2d4e6f8a0b1c3d5e7f9a2b4c6d8e0f1a3b"
    return {
        "name": name,
        "state": state,
        "lastState": {},
        "ready": True,
        "restartCount": 0,
        "image": "docker.io/istio/proxyv2:1.31.0",
        "imageID": f"docker.io/istio/proxyv2@{digest}",
        "containerID": f"containerd://{digest.removeprefix('sha256:')}",
        "started": True,
    }
