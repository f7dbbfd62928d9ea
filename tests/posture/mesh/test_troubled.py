"""What `--problems` keeps: rows that are not plainly in order."""

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.outside_hosts import egress_of
from kubectl_mtls.posture.mesh.traffic import traffic_of
from kubectl_mtls.posture.mesh.troubled import is_troubled_egress, is_troubled_service
from kubectl_mtls.posture.server.services import resolve_services
from tests.posture.clients import mesh, networking, rule, server
from tests.posture.meshes import policy, snapshot_of


def troubled(manifests: list[Manifest]) -> tuple[list[bool], list[bool]]:
    """The Services', and the hosts' outside."""
    snapshot = snapshot_of(manifests)
    resolver = TrafficResolver(Connections(Outbound(snapshot)))
    services = traffic_of(resolver, resolve_services(snapshot))
    return [*map(is_troubled_service, services)], [*map(is_troubled_egress, egress_of(resolver))]


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param(mesh(policy(mode="STRICT")), False, id="mTLS to STRICT"),
        pytest.param(mesh(), False, id="mTLS to PERMISSIVE"),
        pytest.param(mesh(behind=[]), False, id="nothing to call"),
        pytest.param(mesh(rule(mode="DISABLE")), True, id="one client sends plaintext"),
        pytest.param(mesh(policy(mode="STRICT"), rule(mode="DISABLE")), True, id="one client fails"),
        pytest.param(mesh(policy(mode="DISABLE")), True, id="DISABLE"),
        pytest.param(mesh(behind=[server(proxy=None)]), True, id="a server without proxy"),
    ],
)
def test_a_service_is_troubled(manifests: list[Manifest], expected: bool) -> None:
    assert troubled(manifests)[0] == [expected]


@pytest.mark.parametrize(
    ("protocol", "rules", "expected"),
    [
        pytest.param("HTTP", [], True, id="plaintext leaves the mesh"),
        pytest.param("TLS", [], False, id="the application's own TLS"),
        pytest.param("HTTP", [rule(host="api.example", mode="SIMPLE")], False, id="TLS by a rule"),
        pytest.param("TLS", [rule(host="api.example", mode="DISABLE")], True, id="plaintext by a rule"),
        pytest.param("HTTP", [rule(host="api.example", mode="ISTIO_MUTUAL")], True, id="a certificate nobody knows"),
        pytest.param(
            "HTTP",
            [rule(host="api.example", tls={"mode": "MUTUAL", "credentialName": "c"})],
            True,
            id="a credential that is ignored",
        ),
    ],
)
def test_a_host_outside_is_troubled(protocol: str, rules: list[Manifest], expected: bool) -> None:
    ports = [{"number": 443, "name": "port", "protocol": protocol}]
    entry = networking("ServiceEntry", "front", "p", hosts=["api.example"], resolution="DNS", ports=ports)
    assert troubled([*mesh(entry, *rules)])[1] == [expected]
