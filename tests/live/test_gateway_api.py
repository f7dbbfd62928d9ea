"""The Gateway API's objects as a real API server gives them: read with the documented rights, and kept in snapshots."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.program import run, run_as
from tests.servers import crds
from tests.servers.api import ApiServer
from tests.servers.cluster import running_api_server
from tests.servers.etcd import Etcd
from tests.servers.manifests import parse_manifests

MESH = """
apiVersion: v1
kind: Service
metadata: {name: edge-istio, namespace: shop}
spec: {selector: {app: edge}, ports: [{name: https, port: 443, targetPort: 443}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, labels: {istio.io/use-waypoint: gate}}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: edge, namespace: shop, labels: {app: edge}}
spec: {containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]}
status: {phase: Running, podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, security.istio.io/tlsMode: istio}}
spec: {containers: [{name: app, image: app}, {name: istio-proxy, image: proxyv2, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.0.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, labels: {app: cart}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.0.0.3}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: shop, labels: {app: job}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {containers: [{name: app, image: app}]}
status: {phase: Running, podIP: 10.0.0.4}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: edge-1, namespace: shop, labels: {kubernetes.io/service-name: edge-istio}}
addressType: IPv4
ports: [{name: https, port: 443}]
endpoints: [{addresses: [10.0.0.1], targetRef: {kind: Pod, name: edge, namespace: shop}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.3], targetRef: {kind: Pod, name: cart, namespace: shop}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: istio}
spec: {controllerName: istio.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: https
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{name: public, namespace: certs}]}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: shop, namespace: certs}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: shop}]
  to: [{group: "", kind: Secret}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate, namespace: shop}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
status: {addresses: [{type: IPAddress, value: 10.96.0.9}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: edge, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: edge-istio}]
  validation: {hostname: shop.example, wellKnownCACertificates: System}
"""
QUESTIONS = {
    ("pod/web", "svc/edge-istio"): ("TLS", "SIMPLE"),
    ("outside", "svc/edge-istio"): ("UNKNOWN", "PLAINTEXT"),
    ("pod/job", "svc/cart"): ("mTLS", "HBONE"),
}


@pytest.fixture(scope="module")
def server(etcd: Etcd) -> Iterator[ApiServer]:
    with running_api_server(etcd, "gateways", (crds.ISTIO, crds.GATEWAY_API)) as server:
        server.apply(parse_manifests(MESH))
        yield server


def answer(out: str) -> dict:
    (found,) = json.loads(out)["items"]
    return found


@pytest.mark.parametrize("user", ["admin", "reader"])
@pytest.mark.parametrize(("question", "expected"), QUESTIONS.items(), ids=[f"{a} to {b}" for a, b in QUESTIONS])
def test_it_is_answered_with_the_documented_rights(
    server: ApiServer, user: str, question: tuple[str, str], expected: tuple[str, str]
) -> None:
    found = answer(run_as(server, user, "shop", "explain", *question, "-o", "json").out)
    assert (found["verdict"], found["wire"]) == expected


def test_who_may_not_read_it_is_told_what_is_missing(server: ApiServer) -> None:
    ran = run_as(server, "shop-only", "shop", "status", "-o", "json")
    missing = {one["missingRule"] for one in json.loads(ran.out)["gaps"]}
    assert any("gatewayclasses.gateway.networking.k8s.io" in (one or "") for one in missing)


def test_a_snapshot_holds_it_all(server: ApiServer, tmp_path: Path) -> None:
    taken = run_as(server, "admin", "shop", "snapshot", "-A")
    path = tmp_path / "snapshot.yaml"
    path.write_text(taken.out)
    for question in QUESTIONS:
        live = run_as(server, "admin", "shop", "explain", *question, "-o", "json")
        assert answer(run("explain", *question, "-n", "shop", "-f", str(path), "-o", "json").out) == answer(live.out)
