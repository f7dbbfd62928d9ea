"""The change that would mend a failing connection, and what it would change beside."""

import json
from typing import Any

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.mending import Consequence, Mending, find_opening
from kubectl_mtls.posture.client.client_class import Classifier
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.connection.explanation import Explained, Explainer, Group
from kubectl_mtls.posture.failure.rule_failures import failing_place, failure_of, resolve_rule_failures
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.traffic import traffic_of
from kubectl_mtls.posture.server.services import resolve_services
from tests.posture.clients import HOST, endpoints, mesh, networking, rule, service, workload
from tests.posture.meshes import policy, snapshot_of

STRICT = policy("p", "STRICT")
FAR = workload("far", "front", "10.0.3.1")
ROUTE = networking(
    "VirtualService", "front", "cart", hosts=[HOST], http=[{"route": [{"destination": {"host": HOST, "subset": "v1"}}]}]
)
NAKED = workload("naked", "batch", "10.0.4.1", proxy=None)


def explained(snapshot: Snapshot, client: str, subset: str | None = None) -> Explained:
    """The connection of a pod to port 80 of cart, or of one subset of it."""
    connections = Connections(Outbound(snapshot))
    (pod,) = [one for one in snapshot.pods.values() if one.metadata.name == client]
    group = Group(Classifier(connections.outbound).of(pod), (pod,))
    host = connections.named(group.client, HOST)
    assert host is not None
    found = Explainer(connections).to(group, host, host.ports[0])
    return next(one for one in found if one.connection.subset == subset)


def consequence(snapshot: Snapshot, client: str, subset: str | None = None) -> Consequence | None:
    """What follows from the edit of the rule that decides, else from the policy that lets plaintext in."""
    one, mending = explained(snapshot, client, subset), Mending(snapshot)
    if place := failing_place(one.connection):
        resolver = TrafficResolver(Connections(Outbound(snapshot)))
        failures = resolve_rule_failures(resolver, traffic_of(resolver, resolve_services(snapshot)))
        failure = failure_of(failures, one.connection, place)
        return mending.by_rule(one, failure) if failure else None
    opening = find_opening(one)
    return mending.by_opening(one, opening) if opening else None


@pytest.mark.parametrize(
    ("more", "client", "opening"),
    [
        pytest.param([STRICT, NAKED], "naked", ("p", None), id="the policy that refuses"),
        pytest.param(
            [policy("p", "PERMISSIVE", select={"app": "cart"}, ports={8080: "STRICT"}), NAKED], "naked", ("p", 8080),
            id="its port",
        ),
        pytest.param([NAKED], "naked", None, id="plaintext is taken"),
        pytest.param([STRICT, rule(mode="DISABLE")], "web", None, id="a client with a proxy has a better way"),
        pytest.param([STRICT], "web", None, id="works"),
    ],
)  # fmt: skip
def test_what_would_let_plaintext_in(more: list[Any], client: str, opening: Any) -> None:
    found = find_opening(explained(snapshot_of(mesh(*more)), client))
    assert (found and (found.policy.name, found.port)) == opening


@pytest.mark.parametrize(
    ("more", "client", "expected"),
    [
        pytest.param([STRICT, rule(mode="DISABLE")], "web", Consequence(True, 0, 0), id="this one alone"),
        pytest.param(
            [STRICT, rule(ports={80: {"mode": "DISABLE"}})], "web", Consequence(True, 0, 0), id="a port's entry"
        ),
        pytest.param([STRICT, rule(mode="DISABLE"), FAR], "web", Consequence(True, 1, 0), id="another client, too"),
        pytest.param([STRICT, NAKED], "naked", Consequence(True, 0, 0), id="plaintext is let in"),
        pytest.param(
            [STRICT, NAKED, policy("a", "STRICT", select={"app": "cart"}, created="2025-01-01T00:00:00Z")], "naked",
            Consequence(True, 0, 0), id="the policy that decides, not the namespace's",
        ),
        pytest.param([STRICT], "web", None, id="what works needs no mending"),
    ],
)  # fmt: skip
def test_what_it_changes_beside_is_counted(more: list[Any], client: str, expected: Consequence | None) -> None:
    assert consequence(snapshot_of(mesh(*more)), client) == expected


def test_other_ports_that_the_same_policy_would_open_are_counted() -> None:
    ledger = workload("ledger", "shop", "10.0.6.1")
    beside = [ledger, _renamed(service(selector={"app": "ledger"})), _renamed(endpoints(ledger))]
    assert consequence(snapshot_of(mesh(STRICT, NAKED, *beside)), "naked") == Consequence(True, 0, 0, opened=1)


def _renamed(of_cart: Manifest) -> Manifest:
    """What is of Service cart, of Service ledger."""
    renamed: Manifest = json.loads(json.dumps(of_cart).replace('"cart', '"ledger'))
    return renamed


def test_a_rule_for_many_hosts_is_edited_so_that_nothing_else_fails() -> None:
    bank = [service("bank"), workload("cart", "bank", "10.0.5.1"), policy("bank", "DISABLE", namespace="bank")]
    behind = endpoints(workload("cart", "bank", "10.0.5.1"), namespace="bank")
    snapshot = snapshot_of(mesh(STRICT, rule(host="*.svc.cluster.local", mode="DISABLE"), *bank, behind))
    assert consequence(snapshot, "web") == Consequence(True, 0, 0)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param([], Consequence(None, 1, 0), id="nothing is routed to it"),
        pytest.param([ROUTE], Consequence(True, 1, 0), id="a VirtualService routes to it"),
    ],
)
def test_a_subset_counts_where_something_is_routed_to_it(more: list[Any], expected: Consequence) -> None:
    plain = rule(mode="DISABLE", subsets=[{"name": "v1", "labels": {"app": "cart"}}])
    assert consequence(snapshot_of(mesh(STRICT, plain, *more)), "web", "v1") == expected
