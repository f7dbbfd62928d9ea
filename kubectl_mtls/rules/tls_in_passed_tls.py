"""A gateway passes TLS on, and a DestinationRule starts TLS around it.

What it checks

`tls` routes of VirtualServices bound to a Gateway with a PASSTHROUGH server, to destinations for which the gateway's
proxies use a DestinationRule with mode SIMPLE or MUTUAL.

Why it matters

With PASSTHROUGH the caller's own TLS goes through the gateway as it came. The rule wraps it into another one: the
server ends the outer handshake and finds the start of a second one where it expects a request.

Example

    apiVersion: v1
    kind: Pod
    metadata:
      name: ingress-0
      namespace: istio-ingress
      labels: {istio: ingress}
    spec:
      containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: egress, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: tls, protocol: TLS}
          hosts: [api.partner.example]
          tls: {mode: PASSTHROUGH}
    ---
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      gateways: [egress]
      tls:
        - match: [{port: 443, sniHosts: [api.partner.example]}]
          route: [{destination: {host: api.partner.example, port: {number: 443}}}]
    ---
    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: tcp, protocol: TCP}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: partner, namespace: shop}
    spec:
      host: api.partner.example
      trafficPolicy:
        tls: {mode: SIMPLE, sni: api.partner.example, subjectAltNames: [api.partner.example]}

Better

    apiVersion: v1
    kind: Pod
    metadata:
      name: ingress-0
      namespace: istio-ingress
      labels: {istio: ingress}
    spec:
      containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: egress, namespace: shop}
    spec:
      selector: {istio: ingress}
      servers:
        - port: {number: 443, name: tls, protocol: TLS}
          hosts: [api.partner.example]
          tls: {mode: PASSTHROUGH}
    ---
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      gateways: [egress]
      tls:
        - match: [{port: 443, sniHosts: [api.partner.example]}]
          route: [{destination: {host: api.partner.example, port: {number: 443}}}]
    ---
    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: partner, namespace: shop}
    spec:
      hosts: [api.partner.example]
      location: MESH_EXTERNAL
      resolution: DNS
      ports: [{number: 443, name: tcp, protocol: TCP}]

Fix

Let one of the two do it: remove the `tls` block of the rule, or end TLS at the gateway (server with mode SIMPLE or
ISTIO_MUTUAL and `http` or `tcp` routes) and let the rule start it anew.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.virtual_service import VirtualService
from kubectl_mtls.posture.client.client_class import Classifier, ClientClass
from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.gateway_pods import GatewayPods
from kubectl_mtls.posture.failure.blame import deciding_place
from kubectl_mtls.posture.failure.rule_edit import without_block
from kubectl_mtls.rules.remedy import edit
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS605",
    name="tls-in-passed-tls",
    severity=Severity.ERROR,
    summary="DestinationRule that wraps TLS which a gateway passes on",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every block that does it."""
    found: dict[object, Finding] = {}
    for gateway in view.snapshot.gateways:
        if any(server.tls_mode == "PASSTHROUGH" and server.protocol in ("TLS", "HTTPS") for server in gateway.servers):
            for connection in _passed_on(view, gateway):
                place = deciding_place(connection.cluster) if connection.cluster else None
                if place is not None and place.block is not None:
                    _, change = without_block(place.rule, place.block)
                    target = f"{connection.host.name}:{connection.port.number}"
                    message = (
                        f"{place.rule.metadata.ref} says {connection.wire.value} towards {target}, to which "
                        f"{gateway.metadata.ref.full} passes TLS on as it comes: TLS inside TLS"
                    )
                    fix = edit(place.rule.metadata, change)
                    one = RULE.finding(place.rule.metadata, f"{place.field}.mode", message, fix)
                    found.setdefault((place.rule.metadata.ref, place.field), one)
    yield from found.values()


def _passed_on(view: View, gateway: Gateway) -> Iterator[Connection]:
    """What the gateway's pods send to where its VirtualServices pass TLS on, where that is TLS of their own."""
    outbound = view.connections.outbound
    clients = Classifier(outbound).group(view.snapshot.pods[key] for key in sorted(GatewayPods(outbound).of(gateway)))
    for service in view.snapshot.virtual_services:
        if _is_bound(service, gateway):
            for one in service.destinations:
                for client in clients if one.field.startswith("spec.tls.") else ():
                    yield from _to(view, client, one.host, one.port, one.subset)


def _to(view: View, client: ClientClass, name: str, number: int, subset: str) -> Iterator[Connection]:
    host = view.connections.named(client, name)
    for port in host.ports if host else ():
        if host and number in (0, port.number):
            for connection in view.connections.of(client, host, port):
                if connection.wire in (Wire.SIMPLE, Wire.MUTUAL) and (connection.subset or "") == subset:
                    yield connection


def _is_bound(service: VirtualService, gateway: Gateway) -> bool:
    """A name without namespace is a Gateway beside the VirtualService."""
    names = {gateway.metadata.name} if service.metadata.namespace == gateway.metadata.namespace else set()
    return bool({*names, f"{gateway.metadata.namespace}/{gateway.metadata.name}"} & set(service.gateways))
