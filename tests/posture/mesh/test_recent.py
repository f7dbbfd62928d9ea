"""Late changes behind answers: by the field that decides, else by the object as a whole; no others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.outside_hosts import egress_of
from kubectl_mtls.posture.mesh.recent import Recent, resolve_recent
from kubectl_mtls.posture.mesh.traffic import traffic_of
from kubectl_mtls.posture.server.services import resolve_services
from tests.posture.clients import mesh, networking, rule
from tests.posture.meshes import policy, snapshot_of

NOW = datetime(2026, 8, 1, tzinfo=UTC)
MODE = {"f:trafficPolicy": {"f:tls": {"f:mode": {}}}}


def changed(manifest: Manifest, ago: timedelta, fields: dict[str, Any], by: str = "kubectl-edit") -> Manifest:
    """The same, with a change of `fields` of its spec."""
    entry = {"manager": by, "time": f"{NOW - ago:%Y-%m-%dT%H:%M:%SZ}", "fieldsV1": {"f:spec": fields}}
    return {**manifest, "metadata": {**manifest["metadata"], "managedFields": [entry]}}


def recent(*manifests: Manifest, within: timedelta = timedelta(hours=2)) -> list[Recent]:
    snapshot = snapshot_of(mesh(*manifests))
    resolver = TrafficResolver(Connections(Outbound(snapshot)))
    services = traffic_of(resolver, resolve_services(snapshot))
    return list(resolve_recent(services, egress_of(resolver), NOW - within))


def test_the_newest_comes_first_with_field_manager_and_what_it_decides() -> None:
    found = recent(
        changed(policy(mode="STRICT"), timedelta(hours=1), {"f:mtls": {"f:mode": {}}}, "helm"),
        changed(rule(mode="DISABLE"), timedelta(minutes=5), MODE),
    )
    assert [(str(one.object.ref), one.field, one.changed.by, one.decides) for one in found] == [
        ("destinationrule/cart", "spec.trafficPolicy.tls.mode", "kubectl-edit", (("cart.shop", 80),)),
        ("peerauthentication/default", "spec.mtls.mode", "helm", (("cart.shop", 80),)),
    ]


def test_a_change_beside_the_deciding_field_is_one_of_the_whole() -> None:
    (found,) = recent(changed(rule(mode="DISABLE"), timedelta(minutes=5), {"f:host": {}}))
    assert (found.field, found.at) == ("spec", NOW - timedelta(minutes=5))


def test_an_entry_for_a_host_outside_is_behind_its_row() -> None:
    entry = networking(
        "ServiceEntry",
        "front",
        "p",
        hosts=["api.example"],
        resolution="DNS",
        ports=[{"number": 443, "name": "tls", "protocol": "TLS"}],
    )
    (found,) = recent(changed(entry, timedelta(minutes=5), {"f:hosts": {}}))
    assert (str(found.object.ref), found.decides) == ("serviceentry/p", (("api.example", 443),))


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(changed(rule(mode="DISABLE"), timedelta(hours=3), MODE), id="too long ago"),
        pytest.param(changed(rule(namespace="bank", mode="DISABLE"), timedelta(0), MODE), id="decides nothing"),
        pytest.param(rule(mode="DISABLE"), id="nobody says when"),
    ],
)
def test_nothing_else_is_recent(manifest: Manifest) -> None:
    assert recent(manifest) == []
