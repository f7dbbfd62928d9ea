"""Whom findings about lost connections are about, and what they say."""

import pytest

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.reading import Reading
from kubectl_mtls.posture.change.difference import resolve_difference
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.rules.lost_connections import check_difference
from tests.rules.mesh import namespace, pod, policy, service, view_of

SHOP = namespace() + service() + pod(proxy=True)
STRICT, PERMISSIVE = policy(mode="STRICT"), policy(mode="PERMISSIVE")
ROOTS = policy(mode="STRICT", namespace="istio-system")
PLAIN = """---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: plain, namespace: shop}
spec: {host: cart, trafficPolicy: {tls: {mode: DISABLE}}}
"""
WIDE = PLAIN.replace("name: plain", "name: wide").replace("host: cart", 'host: "*.shop.svc.cluster.local"')


def findings(cluster: str, files: str) -> list[Finding]:
    """What is found when these files are applied to that cluster."""
    before = view_of(cluster, live=True).snapshot
    written = view_of(files).snapshot.documents
    after = build_snapshot(Reading(tuple({**before.documents, **written}.values())), live=True)
    then, now = (TrafficResolver(Connections(Outbound(one))) for one in (before, after))
    return list(check_difference(resolve_difference(then, now), now.connections.outbound))


@pytest.mark.parametrize(
    ("cluster", "files", "found"),
    [
        pytest.param(SHOP + STRICT, PLAIN, [("MTLS713", "plain")], id="a rule makes a client fail"),
        pytest.param(SHOP + PLAIN, STRICT, [("MTLS713", "default")], id="a policy makes a client fail"),
        pytest.param(SHOP + PLAIN, ROOTS, [("MTLS713", "default")], id="a root's policy"),
        pytest.param(SHOP + STRICT, PLAIN + WIDE, [("MTLS713", "cart")], id="one of two rules: the host"),
        pytest.param(SHOP + PERMISSIVE, PLAIN, [("MTLS721", "plain")], id="a rule takes mutual TLS away"),
        pytest.param(SHOP + STRICT, policy(mode="DISABLE"), [("MTLS721", "default")], id="a policy takes it away"),
        pytest.param(SHOP + PERMISSIVE, STRICT, [], id="mutual TLS stays"),
        pytest.param(SHOP + STRICT + PLAIN, PERMISSIVE, [], id="what failed is mended"),
        pytest.param(SHOP + STRICT, PLAIN.replace("host: cart", "host: other"), [], id="nobody is concerned"),
    ],
)  # fmt: skip
def test_connections_that_are_lost(cluster: str, files: str, found: list[tuple[str, str]]) -> None:
    assert [(one.code, one.object.name if one.object else "") for one in findings(cluster, files)] == found


def test_the_finding_names_clients_and_server_and_has_the_place_in_the_file() -> None:
    (one,) = findings(SHOP + STRICT, PLAIN)
    assert one.message == (
        "1 connection would fail: pod/cart-0 -n shop -> cart.shop.svc.cluster.local:80 "
        "(the client sends plaintext, the server accepts only mutual TLS)"
    )
    assert str(one.origin) == "mesh.yaml:2"
    assert one.fix == (
        "change destinationrule/plain in mesh.yaml:2 before it is applied; "
        "what decides today: kubectl mtls explain pod/cart-0 cart.shop.svc.cluster.local:80 -n shop"
    )
