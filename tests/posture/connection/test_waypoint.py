"""Waypoints: whose traffic passes them, what they send on, and both sides of ambient (1.9, 3.6, 4.1, 5.3)."""

from collections.abc import Mapping
from typing import Any

import pytest

from kubectl_mtls.model.kind import KUBERNETES_GATEWAY
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.evidence import resolve_evidence
from kubectl_mtls.posture.connection.fault import Fault, UnknownBy
from kubectl_mtls.posture.failure.obstacle import Obstacle, obstacle_of
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from tests.posture.clients import client, connect, connections, endpoints, rule, server, service, workload
from tests.posture.meshes import forbidden, istiod, manifest, policy, snapshot_of

CAPTURED = {"ambient.istio.io/redirection": "enabled"}
TUNNEL = {"networking.istio.io/tunnel": "http"}
PLANE = istiod(env={"PILOT_ENABLE_AMBIENT": "true"})
AMBIENT_CLIENT = workload("web", "front", "10.0.1.1", proxy=None, annotations=CAPTURED)
AMBIENT_SERVER = server(proxy=None, annotations=CAPTURED)
USE = {"istio.io/use-waypoint": "gate"}


def waypoint(
    *,
    namespace: str = "shop",
    labels: Mapping[str, str] | None = None,
    lets_in: Mapping[str, Any] | None = None,
    ready: bool = True,
) -> Manifest:
    listener = {"name": "mesh", "port": 15008, "protocol": "HBONE"}
    listener |= {"allowedRoutes": {"namespaces": dict(lets_in)}} if lets_in else {}
    return manifest(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        namespace,
        "gate",
        metadata={"labels": dict(labels or {})},
        spec={"gatewayClassName": "istio-waypoint", "listeners": [listener]},
        status={"addresses": [{"type": "IPAddress", "value": "10.96.0.9"}]} if ready else {},
    )


def namespaced(labels: Mapping[str, str], name: str = "shop") -> Manifest:
    return manifest("v1", "Namespace", None, name, metadata={"labels": dict(labels)})


def labelled(labels: Mapping[str, str], **spec: Any) -> Manifest:
    found = service(**spec)
    found["metadata"]["labels"] = dict(labels)
    return found


def through(connection: Connection) -> str:
    return connection.waypoint.name if connection.waypoint else ""


def ask(
    *more: Manifest, of: Manifest | None = None, to: Manifest | None = None, by: Manifest | None = None
) -> Connection:
    """A client (by default ambient) to Service cart with one endpoint (by default ambient)."""
    behind = to or AMBIENT_SERVER
    return connect(by or AMBIENT_CLIENT, behind, of or labelled(USE), endpoints(behind), PLANE, *more)


@pytest.mark.parametrize(
    ("of", "more", "expected"),
    [
        pytest.param(service(), [waypoint()], "", id="nobody asks for one"),
        pytest.param(labelled(USE), [waypoint()], "shop/gate", id="the Service does"),
        pytest.param(labelled({**USE, "istio.io/use-waypoint": "none"}), [waypoint()], "", id="none is none"),
        pytest.param(service(), [waypoint(), namespaced(USE)], "shop/gate", id="its namespace does"),
        pytest.param(
            labelled({"istio.io/use-waypoint": "none"}), [waypoint(), namespaced(USE)], "", id="the Service opts out"
        ),
        pytest.param(labelled(USE), [], "", id="the one that is asked for is not there"),
        pytest.param(labelled(USE), [waypoint(ready=False)], "", id="it has no address yet"),
        pytest.param(labelled(USE), [waypoint(labels={"istio.io/waypoint-for": "workload"})], "", id="for pods alone"),
        pytest.param(labelled(USE), [waypoint(labels={"istio.io/waypoint-for": "all"})], "shop/gate", id="for all"),
        pytest.param(labelled(USE, clusterIP="None"), [waypoint()], "", id="headless: there is no address to catch"),
        pytest.param(
            labelled({**USE, "istio.io/use-waypoint-namespace": "gates"}),
            [waypoint(namespace="gates")],
            "",
            id="one of another namespace lets in its own",
        ),
        pytest.param(
            labelled({**USE, "istio.io/use-waypoint-namespace": "gates"}),
            [waypoint(namespace="gates", lets_in={"from": "All"})],
            "gates/gate",
            id="one that lets in all",
        ),
        pytest.param(
            labelled({**USE, "istio.io/use-waypoint-namespace": "gates"}),
            [
                waypoint(namespace="gates", lets_in={"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}),
                namespaced({"a": "b"}),
            ],
            "gates/gate",
            id="one that lets in by label",
        ),
        pytest.param(
            labelled({**USE, "istio.io/use-waypoint-namespace": "gates"}),
            [
                waypoint(namespace="gates", lets_in={"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}),
                namespaced({"a": "c"}),
            ],
            "",
            id="or does not",
        ),
    ],
)
def test_which_waypoint_an_ambient_client_passes(of: Manifest, more: list[Manifest], expected: str) -> None:
    assert through(ask(*more, of=of)) == expected


def test_the_label_that_leads_to_a_waypoint_is_named() -> None:
    found = ask(waypoint())
    (decision, *_) = resolve_evidence(found, (), None)
    assert (str(decision.object.ref if decision.object else ""), decision.value) == (
        "service/cart",
        "waypoint shop/gate",
    )
    assert found.basis == "documentation"


@pytest.mark.parametrize(
    ("to", "more", "wire", "expected"),
    [
        pytest.param(AMBIENT_SERVER, [], "HBONE", "mTLS", id="an ambient pod"),
        pytest.param(AMBIENT_SERVER, [policy(mode="STRICT")], "HBONE", "mTLS", id="an ambient pod, STRICT"),
        pytest.param(AMBIENT_SERVER, [rule(namespace="shop", mode="DISABLE")], "HBONE", "mTLS", id="rule DISABLE"),
        pytest.param(
            AMBIENT_SERVER, [rule(namespace="shop", mode="ISTIO_MUTUAL")], "HBONE", "mTLS", id="rule ISTIO_MUTUAL"
        ),
        pytest.param(
            AMBIENT_SERVER,
            [rule(namespace="shop", mode="SIMPLE")],
            "HBONE",
            UnknownBy.APPLICATION,
            id="a rule's own TLS goes inside",
        ),
        pytest.param(server(labels=TUNNEL), [policy(mode="STRICT")], "HBONE", "mTLS", id="a sidecar that takes HBONE"),
        pytest.param(server(), [], "PLAINTEXT", "PLAINTEXT", id="a sidecar"),
        pytest.param(
            server(),
            [policy(mode="STRICT")],
            "PLAINTEXT",
            Fault.PLAINTEXT_REFUSED,
            id="a STRICT sidecar: no classic mTLS",
        ),
        pytest.param(server(proxy=None), [], "PLAINTEXT", "PLAINTEXT", id="a pod without proxy"),
    ],
)
@pytest.mark.parametrize("by", [AMBIENT_CLIENT, client(proxy=("proxy", "waypoint"))], ids=["through it", "itself"])
def test_what_a_waypoint_sends_on(by: Manifest, to: Manifest, more: list[Manifest], wire: str, expected: Any) -> None:
    rules = [{**one, "metadata": {**one["metadata"], "namespace": "shop"}} for one in more]
    found = ask(waypoint(), *rules, to=to, by=by)
    assert found.wire == wire
    assert expected in (found.verdict, found.outcome.fault, found.outcome.unknown)


ROUTER = client(proxy=("proxy", "router"))
INGRESS = {**USE, "istio.io/ingress-use-waypoint": "true"}


@pytest.mark.parametrize(
    ("by", "of", "more", "expected"),
    [
        pytest.param(ROUTER, labelled(USE), [], "", id="a gateway goes straight to the pods"),
        pytest.param(ROUTER, labelled(INGRESS), [], "shop/gate", id="unless a label says otherwise"),
        pytest.param(
            ROUTER,
            labelled(USE),
            [namespaced({"istio.io/ingress-use-waypoint": "true"})],
            "shop/gate",
            id="that of the namespace too",
        ),
        pytest.param(
            ROUTER, labelled({**INGRESS, "istio.io/ingress-use-waypoint": "false"}), [], "", id="the label says no"
        ),
        pytest.param(client(), labelled(INGRESS), [], "", id="sidecars never do"),
        pytest.param(client(proxy=None), labelled(INGRESS), [], "", id="nor does plaintext"),
    ],
)
def test_whose_traffic_passes_a_waypoint(by: Manifest, of: Manifest, more: list[Manifest], expected: str) -> None:
    assert through(ask(waypoint(), *more, by=by, of=of)) == expected


def test_plaintext_past_a_waypoint_meets_the_pod_s_policy() -> None:
    found = ask(waypoint(), policy(mode="STRICT"), by=client(proxy=None))
    assert found.outcome.fault is Fault.AMBIENT_POLICY


@pytest.mark.parametrize(
    ("to", "mode", "wire", "expected"),
    [
        pytest.param(AMBIENT_SERVER, "STRICT", "HBONE", "mTLS", id="ambient"),
        pytest.param(server(), "PERMISSIVE", "PLAINTEXT", "PLAINTEXT", id="a sidecar without HBONE"),
        pytest.param(server(), "STRICT", "PLAINTEXT", Fault.PLAINTEXT_REFUSED, id="a STRICT sidecar without HBONE"),
        pytest.param(server(labels=TUNNEL), "STRICT", "HBONE", "mTLS", id="a STRICT sidecar with HBONE"),
        pytest.param(server(labels=TUNNEL), "DISABLE", "HBONE", "mTLS", id="HBONE whatever the mode"),
        pytest.param(server(proxy=None), "STRICT", "PLAINTEXT", "PLAINTEXT", id="a pod without proxy"),
    ],
)
def test_what_an_ambient_client_gets(to: Manifest, mode: str, wire: str, expected: Any) -> None:
    found = ask(policy(mode=mode), rule(mode="SIMPLE"), of=service(), to=to)
    assert found.wire == wire
    assert expected in (found.verdict, found.outcome.fault)
    assert found.chosen.rule is None


@pytest.mark.parametrize(("labels", "known"), [(USE, False), ({}, True)])
def test_waypoints_that_could_not_be_read_leave_it_unknown(labels: dict[str, str], known: bool) -> None:
    objects = [AMBIENT_CLIENT, AMBIENT_SERVER, labelled(labels), endpoints(AMBIENT_SERVER), PLANE]
    found = connections(snapshot_of(objects, gaps=[forbidden(KUBERNETES_GATEWAY)]))[None]
    assert (found.outcome.unknown is not UnknownBy.GAP) is known


def test_files_hold_no_status_so_a_waypoint_in_them_counts_as_ready() -> None:
    objects = [AMBIENT_CLIENT, AMBIENT_SERVER, labelled(USE), endpoints(AMBIENT_SERVER), waypoint(ready=False)]
    assert through(connections(snapshot_of(objects, live=False))[None]) == "shop/gate"


def test_a_waypoint_is_no_client_of_its_own_unless_somebody_names_it() -> None:
    gate = workload("gate", "shop", "10.0.0.9", proxy=("proxy", "waypoint"))
    snapshot = snapshot_of([AMBIENT_CLIENT, gate, AMBIENT_SERVER, labelled(USE), endpoints(AMBIENT_SERVER), waypoint()])
    connections_of = Connections(Outbound(snapshot))
    host = connections_of.outbound.by_name["cart.shop.svc.cluster.local"]
    (named,) = [one for one in snapshot.pods.values() if one.metadata.name == "gate"]
    for asked, proxies in ((None, {Proxy.AMBIENT}), ([named], {Proxy.WAYPOINT})):
        callers = TrafficResolver(connections_of, asked=asked).callers(host, host.ports[0])
        assert {one.connection.client.proxy for one in callers} == proxies


@pytest.mark.parametrize(
    ("objects", "obstacle"),
    [
        pytest.param([labelled(USE), waypoint()], Obstacle.WAYPOINT, id="through a waypoint"),
        pytest.param([labelled(USE)], Obstacle.ZTUNNEL, id="straight"),
    ],
)
def test_what_an_ambient_client_fails_by(objects: list[Manifest], obstacle: Obstacle) -> None:
    found = connect(AMBIENT_CLIENT, server(), endpoints(server()), policy(mode="STRICT"), *objects)
    (result,) = found.results
    assert obstacle_of(found, result) is obstacle
