"""Clients folded: the counts are those of asking every client by itself, and cost does not grow with pairs."""

from collections import Counter

import pytest

from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.callers import TrafficResolver
from kubectl_mtls.posture.client_class import Classifier
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.outbound import Outbound
from kubectl_mtls.posture.services import resolve_services
from kubectl_mtls.posture.traffic import egress_of, resolve_traffic
from kubectl_mtls.posture.verdict import Verdict
from tests.posture.clients import mesh, networking, rule, workload
from tests.posture.meshes import forbidden, mesh_config, policy, snapshot_of
from tests.rules import mesh as mesh_text

OTHERS = [workload(f"w{number}", f"ns{number % 3}", f"10.0.9.{number}") for number in range(6)]
NAKED = workload("naked", "batch", "10.0.8.1", proxy=None)


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
    (traffic,) = resolve_traffic(snapshot, resolve_services(snapshot))
    assert traffic.counts == one_by_one(snapshot)["cart.shop.svc.cluster.local"]
    assert sum(traffic.counts.values()) == 8
    assert traffic.without_proxy == ("batch",)


def test_pods_without_proxy_have_an_answer_of_their_own() -> None:
    snapshot = snapshot_of([*mesh(policy(mode="STRICT")), NAKED])
    (traffic,) = resolve_traffic(snapshot, resolve_services(snapshot))
    assert traffic.plain is not None
    assert (traffic.verdict, traffic.plain.verdict) == ("mTLS", "FAILS")


def test_hosts_outside_of_the_mesh_are_egress() -> None:
    partner = networking(
        "ServiceEntry",
        "front",
        "p",
        hosts=["api.example"],
        resolution="DNS",
        ports=[{"number": 443, "name": "https", "protocol": "HTTPS"}],
    )
    snapshot = snapshot_of([*mesh(partner, rule(host="api.example", mode="SIMPLE", export_to=["."])), *OTHERS])
    (found,) = egress_of(TrafficResolver(Connections(Outbound(snapshot))))
    assert {one.verdict.value: one.workloads for one in found.callers} == {"PLAINTEXT": 7, "TLS": 1}


@pytest.mark.parametrize("namespace", ["ns1", "shop", None])
def test_folded_clients_share_no_answer_across_what_could_not_be_read(namespace: str | None) -> None:
    gap = forbidden(DESTINATION_RULE, namespace)
    snapshot = snapshot_of([*mesh(), *OTHERS], gaps=[gap])
    (traffic,) = resolve_traffic(snapshot, resolve_services(snapshot))
    assert traffic.counts == one_by_one(snapshot)["cart.shop.svc.cluster.local"]


def test_workloads_in_files_reach_each_other_as_their_pods_would() -> None:
    text = mesh_text.policy(mode="STRICT") + mesh_text.workload() + mesh_text.service() + mesh_text.workload("web")
    (traffic,) = mesh_text.view_of(text).traffic
    assert traffic.counts == {Verdict.MTLS: 2}
