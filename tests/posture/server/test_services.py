"""Which pods stand behind a Service port, and what each accepts there."""

from typing import Any

import pytest

from kubectl_mtls.model.kind import ENDPOINT_SLICE, PEER_AUTHENTICATION, POD
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.server.accepts import Doubt
from kubectl_mtls.posture.server.services import ServiceRow, doubts, refuses_plaintext, resolve_services
from tests.posture.meshes import accepts, endpoint_slice, forbidden, manifest, pod, policy, service, snapshot_of


def rows(*manifests: Manifest, live: bool = True, **rest: Any) -> tuple[ServiceRow, ...]:
    return resolve_services(snapshot_of(manifests, live=live, **rest))


def row(*manifests: Manifest, **rest: Any) -> ServiceRow:
    (found,) = rows(*manifests, **rest)
    return found


def behind(found: ServiceRow) -> list[tuple[str, int]]:
    return [(backend.pod.metadata.name, backend.port) for backend in found.backends]


def test_an_endpoint_slice_says_which_pods_and_ports() -> None:
    found = row(service(), pod("a"), pod("b"), pod("c"), endpoint_slice("b", "a", port=9090))
    assert behind(found) == [("a", 9090), ("b", 9090)]
    assert not found.assumed


def test_with_an_endpoint_slice_the_selector_has_no_say() -> None:
    assert behind(row(service(select={"app": "web"}), pod("a"), endpoint_slice("a"))) == [("a", 8080)]


def test_an_empty_endpoint_slice_means_nobody() -> None:
    assert row(service(), pod(), endpoint_slice()).total == 0


def test_without_an_endpoint_slice_the_selector_says_and_the_row_is_assumed() -> None:
    found = row(service(), pod("a"), pod("b", labels={"app": "web"}), pod("c", namespace="other"))
    assert (behind(found), found.assumed) == ([("a", 8080)], True)


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        pytest.param({"port": 80, "targetPort": 8080}, [("cart-0", 8080)], id="number"),
        pytest.param({"port": 80, "targetPort": "http"}, [("cart-0", 8080)], id="name of a container port"),
        pytest.param({"port": 80, "targetPort": "grpc"}, [], id="a name that the pod lacks"),
        pytest.param({"port": 8080}, [("cart-0", 8080)], id="omitted means the port's own number"),
        pytest.param({"port": 8080, "targetPort": 0}, [("cart-0", 8080)], id="0 means omitted"),
        pytest.param({"port": 53, "protocol": "UDP"}, [], id="UDP is not proxied"),
    ],
)
def test_a_service_port_leads_to_the_pods_own_port(port: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    assert behind(row(service(ports=[port]), pod())) == expected


def test_the_ports_of_a_policy_are_compared_with_the_target_port() -> None:
    only_8080 = policy("cart", "STRICT", select={"app": "cart"}, ports={8080: "DISABLE"})
    only_80 = policy("cart", "STRICT", select={"app": "cart"}, ports={80: "DISABLE"})
    assert dict(row(service(), pod(), only_8080).modes) == {"DISABLE": 1}
    assert dict(row(service(), pod(), only_80).modes) == {"STRICT": 1}


def test_two_slices_of_a_service_are_one_row() -> None:
    second = endpoint_slice("b")
    second["metadata"]["name"] = "cart-def"
    assert behind(row(service(), pod("a"), pod("b"), endpoint_slice("a"), second)) == [("a", 8080), ("b", 8080)]


def test_a_pod_named_twice_counts_once() -> None:
    second = endpoint_slice("cart-0")
    second["metadata"]["name"] = "cart-def"
    assert row(service(), pod(), endpoint_slice("cart-0"), second).total == 1


def test_an_endpoint_whose_pod_does_not_exist_is_no_endpoint() -> None:
    assert row(service(), endpoint_slice("gone")).total == 0


def test_addresses_without_a_pod_have_no_proxy() -> None:
    found = row(service(select={}), endpoint_slice(addresses=["192.0.2.1", "192.0.2.2"]))
    assert (found.strangers, dict(found.modes), found.total) == (("192.0.2.1", "192.0.2.2"), {"NONE": 2}, 2)


def test_a_service_without_selector_and_endpoints_has_none() -> None:
    assert row(service(select={}), pod()).total == 0


def test_an_alias_has_no_endpoints_whatever_its_selector_says() -> None:
    alias = service(type="ExternalName", externalName="db.example")
    assert row(alias, pod()).total == 0


def test_a_service_without_ports_has_one_row() -> None:
    found = row(service(ports=[], type="ExternalName", externalName="db.example"))
    assert (found.port, found.key, found.total) == (None, ("shop", "cart", 0), 0)


def test_rows_come_in_order_of_namespace_name_and_port() -> None:
    ports = [{"name": "b", "port": 9090}, {"name": "a", "port": 80}]
    found = rows(service("web"), service("cart", ports=ports), service("web", namespace="bank"))
    assert [one.key for one in found] == [
        ("bank", "web", 80),
        ("shop", "cart", 80),
        ("shop", "cart", 9090),
        ("shop", "web", 80),
    ]


def test_modes_count_what_each_pod_accepts() -> None:
    mesh = [pod("a"), pod("b"), pod("c", proxy=None), pod("d", proxy=("proxy", "router")), policy(mode="STRICT")]
    found = row(service(), *mesh)
    assert dict(found.modes) == {"STRICT": 2, "NONE": 1, "GATEWAY": 1}
    assert (found.in_mesh, found.total) == (3, 4)


def test_finished_pods_are_behind_no_service() -> None:
    done = {**pod("done"), "status": {"phase": "Succeeded"}}
    assert behind(row(service(), pod("a"), done)) == [("a", 8080)]


def test_pods_that_could_not_be_read_are_unknown_and_never_no_endpoints() -> None:
    found = row(service(), pod("a"), endpoint_slice("a", "b", "c"), gaps=[forbidden(POD, "shop")])
    assert (dict(found.modes), found.hidden, found.total) == (
        {"PERMISSIVE": 1, "UNKNOWN": 2},
        (("shop", "b"), ("shop", "c")),
        3,
    )
    assert [(doubt.why, doubt.gap) for doubt in doubts(found)] == [(Doubt.GAP, forbidden(POD, "shop"))]


@pytest.mark.parametrize("kind", [POD, ENDPOINT_SLICE])
def test_where_nothing_behind_a_service_could_be_read_its_mode_is_unknown(kind: Any) -> None:
    selector = {} if kind == ENDPOINT_SLICE else None
    found = row(service(select=selector), gaps=[forbidden(kind, "shop")])
    assert (dict(found.modes), found.total) == ({"UNKNOWN": 1}, 0)


def test_a_gap_of_another_namespace_hides_nothing_here() -> None:
    assert not row(service(), endpoint_slice("gone"), gaps=[forbidden(POD, "other")]).modes


def test_doubts_come_once_each() -> None:
    gap = forbidden(PEER_AUTHENTICATION, "shop")
    found = row(service(), pod("a"), pod("b"), gaps=[gap])
    assert [(one.why, one.gap) for one in doubts(found)] == [(Doubt.GAP, gap)]


@pytest.mark.parametrize(("word", "refuses"), [("STRICT", True), ("PERMISSIVE", False), ("DISABLE", False)])
def test_only_strict_refuses_plaintext(word: str, refuses: bool) -> None:
    assert refuses_plaintext(accepts([pod(), policy(mode=word)])) is refuses
    assert not refuses_plaintext(accepts([pod(proxy=None), policy(mode=word)]))


def deployment(name: str = "cart", **template: Any) -> Manifest:
    metadata = {"labels": {"app": "cart", "sidecar.istio.io/inject": "true"}}
    spec = {"containers": [{"name": "app", "ports": [{"containerPort": 8080}]}], **template}
    return manifest("apps/v1", "Deployment", "shop", name, spec={"template": {"metadata": metadata, "spec": spec}})


def test_in_files_a_workload_without_pods_stands_behind_its_service() -> None:
    found = row(service(), deployment(), live=False)
    assert (behind(found), found.assumed) == ([("cart", 8080)], True)


def test_on_a_cluster_a_workload_without_pods_has_none() -> None:
    assert row(service(), deployment(), live=True).total == 0
