"""Hosts outside of the mesh: who calls them with which TLS, and rules for hosts that nobody declares."""

from typing import Any

import pytest

from kubectl_mtls.model.kind import SERVICE_ENTRY
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.registry import resolve_hosts
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.outside_hosts import Egress, egress_of, undeclared_of
from tests.posture.clients import mesh, networking, rule, workload
from tests.posture.meshes import forbidden, snapshot_of

OTHERS = [workload(f"w{number}", f"ns{number % 3}", f"10.0.9.{number}") for number in range(6)]
HOST = "api.example"


def partner(namespace: str = "front", **spec: Any) -> Manifest:
    ports = [{"number": 443, "name": "https", "protocol": "HTTPS"}]
    return networking("ServiceEntry", namespace, "p", **{"hosts": [HOST], "resolution": "DNS", "ports": ports, **spec})


def egress(snapshot: Snapshot) -> tuple[Egress, ...]:
    return egress_of(TrafficResolver(Connections(Outbound(snapshot))))


def told(found: tuple[Egress, ...]) -> dict[str, tuple[str | None, int]]:
    """By the mode of the rule: the result and the number of clients."""
    return {
        one.tls.mode.value if one.tls else "-": (one.verdict, sum(each.workloads for each in one.clients))
        for one in found
    }


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param([partner()], {"-": ("PLAINTEXT", 8)}, id="no rule"),
        pytest.param(
            [partner(), rule(host=HOST, mode="SIMPLE", export_to=["."])],
            {"-": ("PLAINTEXT", 7), "SIMPLE": ("TLS", 1)},
            id="a rule of one namespace",
        ),
        pytest.param(
            [partner(), rule(host=HOST, tls={"mode": "MUTUAL", "credentialName": "c"})],
            {"MUTUAL": ("PLAINTEXT", 8)},
            id="a credential without selector comes to nothing",
        ),
        pytest.param(
            [partner(), rule(host=HOST, tls={"mode": "MUTUAL", "credentialName": "c"}, select={"app": "web"})],
            {"-": ("PLAINTEXT", 7), "MUTUAL": ("mTLS", 1)},
            id="a credential with selector",
        ),
        pytest.param(
            [partner(), rule(host=HOST, mode="ISTIO_MUTUAL")],
            {"ISTIO_MUTUAL": ("FAILS", 8)},
            id="the mesh's certificate means nothing outside",
        ),
        pytest.param([partner(location="MESH_INTERNAL")], {}, id="a host of the mesh is none outside"),
    ],
)
def test_clients_with_equal_settings_share_a_row(
    manifests: list[Manifest], expected: dict[str, tuple[str, int]]
) -> None:
    assert told(egress(snapshot_of([*mesh(*manifests), *OTHERS]))) == expected


def test_a_host_for_one_namespace_has_no_other_clients() -> None:
    (found,) = egress(snapshot_of([*mesh(partner(exportTo=["."])), *OTHERS]))
    assert (sum(one.workloads for one in found.clients), found.unaware) == (1, 7)


def test_a_host_that_nobody_knows_has_no_result() -> None:
    (found,) = egress(snapshot_of([*mesh(partner("empty", exportTo=["."])), *OTHERS]))
    assert (found.clients, found.unaware, found.verdict, found.tls) == ((), 8, None, None)


@pytest.mark.parametrize(
    ("host", "hosts", "expected"),
    [
        ("nobody.example", [], ["nobody.example"]),
        ("*.example", [], ["*.example"]),
        (HOST, [HOST], []),
        ("*.example", [HOST], []),
        ("*", [], []),
        ("*.local", [], []),
        ("gone.shop.svc.cluster.local", [], []),
        ("gone", [], []),
    ],
)
def test_a_rule_for_a_host_outside_that_nobody_declares_is_shown(
    host: str, hosts: list[str], expected: list[str]
) -> None:
    entries = [partner(hosts=hosts)] if hosts else []
    snapshot = snapshot_of([*mesh(*entries), rule(host=host, mode="SIMPLE")])
    assert [one.rule.full_host for one in undeclared_of(snapshot, resolve_hosts(snapshot))] == expected


def test_a_rule_without_tls_is_not_shown() -> None:
    snapshot = snapshot_of([*mesh(), rule(host="nobody.example", balancer="RANDOM")])
    assert undeclared_of(snapshot, resolve_hosts(snapshot)) == ()


def test_nobody_is_told_undeclared_where_entries_could_not_be_read() -> None:
    snapshot = snapshot_of([*mesh(), rule(host="nobody.example", mode="SIMPLE")], gaps=[forbidden(SERVICE_ENTRY, None)])
    assert undeclared_of(snapshot, resolve_hosts(snapshot)) == ()
