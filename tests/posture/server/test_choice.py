"""Which rows one object means."""

import pytest

from kubectl_mtls.model.kind import DEPLOYMENT, NAMESPACE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.choice import Choice, choose, is_troubled, unite
from kubectl_mtls.posture.server.services import ServiceRow, resolve_services
from tests.posture.meshes import NEW, endpoint_slice, pod, policy, service, snapshot_of


def owned(name: str, deployment: str, **rest: object) -> Manifest:
    one = pod(name, **rest)  # type: ignore[arg-type]  # tests only
    one["metadata"]["labels"]["pod-template-hash"] = "5d4"
    reference = {"kind": "ReplicaSet", "name": f"{deployment}-5d4", "controller": True}
    one["metadata"]["ownerReferences"] = [reference]
    return one


MESH = [
    service(),
    service("web", select={"app": "web"}),
    service("cart", namespace="bank"),
    owned("cart-1", "cart"),
    owned("cart-2", "cart-next"),
    owned("web-1", "web", labels={"app": "web"}),
    pod("cart-0", namespace="bank"),
    policy("default", "STRICT"),
    policy("web", "DISABLE", select={"app": "web"}),
    policy("late", "PERMISSIVE", created=NEW),
]
SNAPSHOT = snapshot_of(MESH)
ROWS = resolve_services(SNAPSHOT)


def chosen(*refs: Ref) -> Choice:
    return unite([choose(SNAPSHOT, ROWS, ref) for ref in refs])


def shown(rows: tuple[ServiceRow, ...]) -> list[tuple[str, str, list[str]]]:
    return [
        (row.service.metadata.namespace, row.service.metadata.name, [one.pod.metadata.name for one in row.backends])
        for row in rows
    ]


CART, WEB = ("shop", "cart", ["cart-1", "cart-2"]), ("shop", "web", ["web-1"])


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        pytest.param(Ref(NAMESPACE, "", "shop"), [CART, WEB], id="namespace"),
        pytest.param(Ref(SERVICE, "shop", "cart"), [CART], id="service"),
        pytest.param(Ref(SERVICE, "bank", "cart"), [("bank", "cart", ["cart-0"])], id="service of another namespace"),
        pytest.param(Ref(DEPLOYMENT, "shop", "cart"), [("shop", "cart", ["cart-1"])], id="workload: its pods only"),
        pytest.param(Ref(POD, "shop", "cart-2"), [("shop", "cart", ["cart-2"])], id="pod"),
        pytest.param(Ref(PEER_AUTHENTICATION, "shop", "web"), [WEB], id="policy that decides"),
        pytest.param(
            Ref(PEER_AUTHENTICATION, "shop", "default"), [CART, WEB], id="policy that decides or is overruled"
        ),
        pytest.param(Ref(PEER_AUTHENTICATION, "shop", "late"), [CART, WEB], id="policy that lost"),
        pytest.param(Ref(PEER_AUTHENTICATION, "bank", "none"), [], id="policy that concerns nobody"),
    ],
)
def test_an_object_stands_for_the_rows_that_it_touches(ref: Ref, expected: list[tuple[str, str, list[str]]]) -> None:
    assert shown(chosen(ref).rows) == expected


def test_ports_are_listed_where_a_workload_is_asked_for() -> None:
    assert not chosen(Ref(SERVICE, "shop", "cart")).ports
    found = chosen(Ref(DEPLOYMENT, "shop", "cart")).ports
    assert [(row.pod.metadata.name, row.port) for row in found] == [("cart-1", 8080), ("cart-1", 0)]


def test_a_row_that_two_workloads_share_has_the_pods_of_both() -> None:
    both = chosen(Ref(DEPLOYMENT, "shop", "cart-next"), Ref(DEPLOYMENT, "shop", "cart"))
    assert shown(both.rows) == [CART]
    assert len(both.ports) == 4


def test_the_same_object_twice_is_the_object_once() -> None:
    assert chosen(Ref(POD, "shop", "cart-1"), Ref(POD, "shop", "cart-1")) == chosen(Ref(POD, "shop", "cart-1"))


def test_tcp_and_udp_of_one_port_are_two_rows() -> None:
    ports = [{"name": "tcp", "port": 53}, {"name": "udp", "port": 53, "protocol": "UDP"}]
    snapshot = snapshot_of([service("dns", ports=ports)])
    found = choose(snapshot, resolve_services(snapshot), Ref(SERVICE, "shop", "dns"))
    assert len(unite([found, found]).rows) == 2


@pytest.mark.parametrize(
    ("mesh", "troubled"),
    [
        pytest.param([pod(), policy(mode="STRICT")], False, id="STRICT"),
        pytest.param([pod()], False, id="PERMISSIVE"),
        pytest.param([pod(proxy=("proxy", "router"))], False, id="gateway"),
        pytest.param([], False, id="nobody there"),
        pytest.param([pod(), policy(mode="DISABLE")], True, id="DISABLE"),
        pytest.param([pod(proxy=None)], True, id="no proxy"),
        pytest.param([pod("a"), pod("b", proxy=None)], True, id="mixed"),
        pytest.param([pod(), endpoint_slice("cart-0", addresses=["192.0.2.1"])], True, id="strangers"),
        pytest.param([pod(annotations={"inject.istio.io/templates": "grpc-agent"})], True, id="unknown"),
    ],
)
def test_trouble_is_everything_but_one_mode_of_the_mesh(mesh: list[Manifest], troubled: bool) -> None:
    (row,) = resolve_services(snapshot_of([service(), *mesh]))
    assert is_troubled(row) is troubled
