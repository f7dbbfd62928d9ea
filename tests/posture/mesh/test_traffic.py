"""Clients folded: the counts are those of asking every client by itself, and cost does not grow with pairs."""

from collections import Counter

import pytest

from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE_ENTRY, SIDECAR, Kind
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_class import Classifier
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.traffic import count_verdicts, traffic_of
from kubectl_mtls.posture.server.services import resolve_services
from tests.posture.clients import mesh, networking, rule, traffic_in, workload
from tests.posture.meshes import forbidden, mesh_config, policy, snapshot_of
from tests.rules import mesh as mesh_text

OTHERS = [workload(f"w{number}", f"ns{number % 3}", f"10.0.9.{number}") for number in range(6)]
NAKED = workload("naked", "batch", "10.0.8.1", proxy=None)


def _filter(namespace: str, labels: dict[str, str] | None) -> Manifest:
    """Changes the clusters of the workloads that it selects."""
    selector = {"workloadSelector": {"labels": labels}} if labels else {}
    patch = {"applyTo": "CLUSTER", "match": {"context": "SIDECAR_OUTBOUND"}, "patch": {"operation": "MERGE"}}
    one = networking("EnvoyFilter", namespace, "f", configPatches=[patch], **selector)
    return {**one, "apiVersion": "networking.istio.io/v1alpha3"}


def one_by_one(snapshot: Snapshot) -> dict[str, Counter[str]]:
    outbound = Outbound(snapshot)
    connections, classify = Connections(outbound), Classifier(outbound).of
    found: dict[str, Counter[str]] = {}
    for host in outbound.hosts:
        counts: Counter[str] = Counter()
        for pod in snapshot.pods.values():
            if pod.proxy is not Proxy.NONE:
                client = classify(pod)
                named = connections.named(client, host.name) or host
                counts[connections.of(client, named, named.ports[0])[0].verdict] += 1
        found[host.name] = counts
    return found


@pytest.mark.parametrize(
    "more",
    [
        pytest.param([], id="nothing said"),
        pytest.param([policy(mode="STRICT"), rule(namespace="ns1", mode="DISABLE")], id="a rule of one namespace"),
        pytest.param([rule(namespace=f"ns{n}", host="*.local", mode="SIMPLE") for n in range(2)], id="patterns"),
        pytest.param([rule(namespace="shop", mode="DISABLE", export_to=["ns2"])], id="exported to one"),
        pytest.param([rule(namespace="ns0", mode="DISABLE", select={"app": "w3"})], id="one workload of a namespace"),
        pytest.param(
            [
                networking(
                    "Sidecar", "ns1", "w1", workloadSelector={"labels": {"app": "w1"}}, egress=[{"hosts": ["./*"]}]
                )
            ],
            id="a Sidecar of one workload",
        ),
        pytest.param(
            [
                networking(
                    "Sidecar", "ns1", "w1", workloadSelector={"labels": {"app": "w1"}}, egress=[{"hosts": ["shop/*"]}]
                ),
                networking("Sidecar", "ns1", "rest", egress=[{"hosts": ["./*"]}]),
            ],
            id="a Sidecar that imports beside one that does not",
        ),
        pytest.param(
            [networking("Sidecar", "istio-system", "sc", outboundTrafficPolicy={"mode": "REGISTRY_ONLY"})],
            id="a Sidecar for everybody that limits nothing",
        ),
        pytest.param([_filter("ns1", None)], id="an EnvoyFilter of a namespace"),
        pytest.param(
            [_filter("istio-system", {"app": "w2"})], id="an EnvoyFilter of the root namespace for one workload"
        ),
        pytest.param([networking("Sidecar", "ns1", "sc", egress=[{"hosts": ["./*"]}])], id="a Sidecar"),
        pytest.param([networking("Sidecar", "istio-system", "sc", egress=[{"hosts": ["./*"]}])], id="for everybody"),
        pytest.param([mesh_config("rootNamespace: ns1"), rule(namespace="ns1", mode="DISABLE")], id="the root"),
        pytest.param(
            [
                networking(
                    "ServiceEntry",
                    "ns2",
                    "x",
                    hosts=["cart.shop.svc.cluster.local"],
                    location="MESH_EXTERNAL",
                    resolution="DNS",
                    ports=[{"number": 80, "name": "http", "protocol": "HTTP"}],
                )
            ],
            id="the same name elsewhere",
        ),
    ],
)
def test_folded_clients_count_like_single_ones(more: list[Manifest]) -> None:
    snapshot = snapshot_of([*mesh(*more), *OTHERS, NAKED])
    (traffic,) = traffic_in(snapshot)
    assert count_verdicts(traffic.callers) == one_by_one(snapshot)["cart.shop.svc.cluster.local"]
    assert sum(one.workloads for one in traffic.callers) == 8
    assert traffic.without_proxy == ("batch",)


def test_clients_that_a_sidecar_keeps_from_the_host_do_not_count() -> None:
    limited = networking("Sidecar", "ns1", "sc", egress=[{"hosts": ["./*"]}])
    snapshot = snapshot_of([*mesh(policy(mode="STRICT"), limited), *OTHERS])
    (traffic,) = traffic_in(snapshot)
    assert traffic.counts == {"mTLS": 6}
    assert {one.verdict: one.workloads for one in traffic.callers} == {"mTLS": 6, "FAILS": 2}
    assert traffic.verdict == "mTLS"


def test_whoever_is_asked_for_counts_with_a_proxy_or_without() -> None:
    limited = networking("Sidecar", "ns1", "sc", egress=[{"hosts": ["./*"]}])
    snapshot = snapshot_of([*mesh(limited), *OTHERS, NAKED])
    asked = [pod for pod in snapshot.pods.values() if pod.metadata.namespace in ("ns1", "batch")]
    resolver = TrafficResolver(Connections(Outbound(snapshot)), asked=asked)
    (traffic,) = traffic_of(resolver, resolve_services(snapshot))
    assert (traffic.verdict, traffic.counts) == ("PLAINTEXT", {"PLAINTEXT": 3})


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param(mesh(policy(mode="STRICT")), "mTLS", id="all alike"),
        pytest.param(mesh(policy(mode="STRICT"), rule(mode="DISABLE")), "FAILS", id="one client fails"),
        pytest.param(mesh(rule(mode="DISABLE")), "MIXED", id="one client sends plaintext, and it is taken"),
        pytest.param(mesh(rule(mode="SIMPLE"), policy(mode="STRICT", namespace="x")), "FAILS", id="a foreign TLS"),
        pytest.param(mesh(behind=[]), None, id="nothing behind it"),
        pytest.param(
            mesh(type="ExternalName", externalName="x.example", selector=None), "PLAINTEXT", id="an alias of nobody"
        ),
        pytest.param(
            [workload("cart", "shop", "10.0.0.1", proxy=None), *mesh(behind=[])[1:]], None, id="nobody has a proxy"
        ),
    ],
)
def test_a_row_has_one_result(manifests: list[Manifest], expected: str | None) -> None:
    snapshot = snapshot_of(manifests)
    (traffic,) = traffic_in(snapshot)
    assert traffic.verdict == expected


def test_pods_without_proxy_have_an_answer_of_their_own() -> None:
    snapshot = snapshot_of([*mesh(policy(mode="STRICT")), NAKED])
    (traffic,) = traffic_in(snapshot)
    assert traffic.plain is not None
    assert (traffic.verdict, traffic.plain.verdict) == ("mTLS", "FAILS")


@pytest.mark.parametrize("kind", [DESTINATION_RULE, SIDECAR, SERVICE_ENTRY])
@pytest.mark.parametrize("namespace", ["ns1", "shop", None])
def test_folded_clients_share_no_answer_across_what_could_not_be_read(namespace: str | None, kind: Kind) -> None:
    gap = forbidden(kind, namespace)
    snapshot = snapshot_of([*mesh(), *OTHERS], gaps=[gap])
    (traffic,) = traffic_in(snapshot)
    assert count_verdicts(traffic.callers) == one_by_one(snapshot)["cart.shop.svc.cluster.local"]


def test_workloads_in_files_reach_each_other_as_their_pods_would() -> None:
    text = mesh_text.policy(mode="STRICT") + mesh_text.workload() + mesh_text.service() + mesh_text.workload("web")
    (traffic,) = mesh_text.view_of(text).traffic
    assert traffic.counts == {Verdict.MTLS: 2}
