"""Which namespaces' pods are clients of the ones that are looked at: those whose rules name their Services."""

import pytest

from kubectl_mtls.posture.client.client_namespaces import client_namespaces
from tests.posture.clients import mesh, rule
from tests.posture.meshes import snapshot_of


@pytest.mark.parametrize(
    ("namespace", "host", "expected"),
    [
        ("front", "cart.shop.svc.cluster.local", {"shop", "front"}),
        ("front", "*.shop.svc.cluster.local", {"shop", "front"}),
        ("front", "*.local", {"shop", "front"}),
        ("shop", "cart", {"shop"}),
        ("front", "cart", {"shop"}),
        ("front", "gone.shop.svc.cluster.local", {"shop"}),
        ("front", "*.bank.svc.cluster.local", {"shop"}),
    ],
)
def test_a_rule_for_a_service_makes_its_namespace_one_of_clients(namespace: str, host: str, expected: set[str]) -> None:
    snapshot = snapshot_of(mesh(rule(namespace=namespace, host=host, mode="DISABLE")))
    assert client_namespaces(snapshot, ("shop",)) == expected
