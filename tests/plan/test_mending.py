"""The switch that would mend a failing connection, and what it would change beside."""

from typing import Any

import pytest

from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.mending import Consequence, Mending, find_switch
from kubectl_mtls.posture.client_class import Classifier
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.explanation import Explained, Explainer, Group
from kubectl_mtls.posture.outbound import Outbound
from tests.posture.clients import HOST, endpoints, mesh, rule, service, workload
from tests.posture.meshes import policy, snapshot_of

STRICT = policy("p", "STRICT")
FAR = workload("far", "front", "10.0.3.1")
NAKED = workload("naked", "batch", "10.0.4.1", proxy=None)


def explained(snapshot: Snapshot, client: str) -> Explained:
    """The connection of a pod to port 80 of cart."""
    connections = Connections(Outbound(snapshot))
    (pod,) = [one for one in snapshot.pods.values() if one.metadata.name == client]
    group = Group(Classifier(connections.outbound).of(pod), (pod,))
    host = connections.named(group.client, HOST)
    assert host is not None
    return next(Explainer(connections).to(group, host, host.ports[0]))


@pytest.mark.parametrize(
    ("more", "client", "switch"),
    [
        pytest.param([STRICT, rule(mode="DISABLE")], "web", ("cart", ClientMode.ISTIO_MUTUAL, None), id="a rule"),
        pytest.param(
            [policy("p", "DISABLE"), rule(mode="ISTIO_MUTUAL")], "web", ("cart", ClientMode.DISABLE, None),
            id="a rule, of mutual TLS",
        ),
        pytest.param([STRICT, rule(ports={80: {"mode": "DISABLE"}})], "web", None, id="a port's entry is edited"),
        pytest.param([STRICT, NAKED], "naked", ("p", ServerMode.PERMISSIVE, None), id="policy: without proxy"),
        pytest.param(
            [policy("p", "PERMISSIVE", select={"app": "cart"}, ports={8080: "STRICT"}), NAKED], "naked",
            ("p", ServerMode.PERMISSIVE, 8080), id="policy's port",
        ),
        pytest.param([STRICT], "web", None, id="works"),
        pytest.param([rule(mode="DISABLE")], "web", None, id="plaintext is taken"),
    ],
)  # fmt: skip
def test_the_switch_is_of_what_decides(more: list[Any], client: str, switch: Any) -> None:
    found = find_switch(explained(snapshot_of(mesh(*more)), client))
    assert (found and (found.ref.name, found.to, found.port)) == switch


@pytest.mark.parametrize(
    ("more", "client", "consequence"),
    [
        pytest.param([STRICT, rule(mode="DISABLE")], "web", Consequence(True, 0, 0), id="this one alone"),
        pytest.param([STRICT, rule(mode="DISABLE"), FAR], "web", Consequence(True, 1, 0), id="another client, too"),
        pytest.param([STRICT, NAKED], "naked", Consequence(True, 0, 0), id="plaintext is let in"),
        pytest.param(
            [STRICT, NAKED, policy("a", "STRICT", select={"app": "cart"}, created="2025-01-01T00:00:00Z")], "naked",
            Consequence(True, 0, 0), id="the policy that decides, not the namespace's",
        ),
    ],
)  # fmt: skip
def test_what_it_changes_beside_is_counted(more: list[Any], client: str, consequence: Consequence) -> None:
    snapshot = snapshot_of(mesh(*more))
    assert Mending(snapshot).consequence(explained(snapshot, client)) == consequence


def test_other_connections_that_would_fail_are_counted() -> None:
    bank = [service("bank"), workload("cart", "bank", "10.0.5.1"), policy("bank", "DISABLE", namespace="bank")]
    behind = endpoints(workload("cart", "bank", "10.0.5.1"), namespace="bank")
    snapshot = snapshot_of(mesh(STRICT, rule(host="*.svc.cluster.local", mode="DISABLE"), *bank, behind))
    assert Mending(snapshot).consequence(explained(snapshot, "web")) == Consequence(True, 1, 1)


def test_a_connection_that_works_needs_no_mending() -> None:
    snapshot = snapshot_of(mesh(STRICT))
    assert Mending(snapshot).consequence(explained(snapshot, "web")) is None
