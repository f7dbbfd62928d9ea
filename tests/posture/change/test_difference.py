"""What differs between two snapshots is what differs for each client alone; the way back is the same difference."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_mtls.model.kind import DESTINATION_RULE, PEER_AUTHENTICATION, POD, VIRTUAL_SERVICE
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.posture.change.difference import Difference, resolve_difference
from kubectl_mtls.posture.change.shift import answer_of
from kubectl_mtls.posture.client.client_class import Classifier
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from tests.posture.clients import HOST, endpoints, mesh, networking, rule, server, service, workload
from tests.posture.meshes import forbidden, manifest, policy, snapshot_of

MODES = st.sampled_from(["UNSET", "DISABLE", "PERMISSIVE", "STRICT"])
TLS = st.sampled_from(["DISABLE", "SIMPLE", "ISTIO_MUTUAL", None])
PLACES = st.sampled_from(["front", "shop", "istio-system", "bank"])
HOSTS = st.sampled_from(
    [HOST, "*.shop.svc.cluster.local", "*", "cart.bank.svc.cluster.local", "old.front.svc.cluster.local"]
)
LAWS = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])

BANK = [
    workload("cart", "bank", "10.0.2.1"),
    service("bank"),
    endpoints(workload("cart", "bank", "10.0.2.1"), namespace="bank"),
]
ALIAS = manifest(
    "v1", "Service", "front", "old", spec={"type": "ExternalName", "externalName": HOST, "ports": [{"port": 80}]}
)
ROUTE = networking(
    "VirtualService", "front", "v", hosts=[HOST], http=[{"route": [{"destination": {"host": HOST, "subset": "v1"}}]}]
)
WORLD = [*BANK, ALIAS, ROUTE, workload("naked", "batch", "10.0.8.1", proxy=None), workload("far", "bank", "10.0.2.2")]


@st.composite
def worlds(draw: st.DrawFn) -> list[Manifest]:
    policies = [policy(f"p{n}", draw(MODES), namespace=draw(PLACES)) for n in range(draw(st.integers(0, 2)))]
    rules = [_rule(draw, f"r{n}") for n in range(draw(st.integers(0, 2)))]
    return mesh(*WORLD, *policies, *rules)


def _rule(draw: st.DrawFn, name: str) -> Manifest:
    subsets = [{"name": "v1", "labels": {"app": "cart"}, "trafficPolicy": {"tls": {"mode": draw(TLS) or "DISABLE"}}}]
    return rule(
        name,
        draw(HOSTS),
        namespace=draw(PLACES),
        mode=draw(TLS),
        select=draw(st.sampled_from([None, None, {"app": "web"}])),
        subsets=subsets if draw(st.booleans()) else (),
    )


@st.composite
def changes(draw: st.DrawFn) -> Manifest:
    if draw(st.booleans()):
        return policy("p0", draw(MODES), namespace=draw(PLACES), select=draw(st.sampled_from([None, {"app": "cart"}])))
    return _rule(draw, "r0")


def changed(snapshot: Snapshot, one: Manifest) -> Snapshot:
    (ref,) = snapshot_of([one]).documents
    return after_change(snapshot, ref, one)


def difference(before: Snapshot, after: Snapshot) -> Difference:
    return resolve_difference(*(TrafficResolver(Connections(Outbound(one))) for one in (before, after)))


Named = dict[tuple[object, ...], Any]


def connections_of(snapshot: Snapshot) -> Named:
    """Every connection of every workload with a proxy, one by one: of subsets those that ROUTE routes to."""
    outbound = Outbound(snapshot)
    connections, classify = Connections(outbound), Classifier(outbound).of
    found: Named = {}
    for pod in snapshot.pods.values():
        for connection in connections.every(classify(pod)) if pod.proxy.in_mesh else ():
            client = (pod.metadata.namespace, pod.workload.kind, pod.workload.name)
            if connection.subset is None or connection.host.name == HOST:
                found[client, connection.host.name, connection.port.number, connection.subset] = answer_of(connection)
    return found


@LAWS
@given(worlds(), changes())
def test_what_differs_is_what_differs_for_each_client_alone(world: list[Manifest], change: Manifest) -> None:
    before = snapshot_of(world)
    after = changed(before, change)
    found = difference(before, after)
    then, now = connections_of(before), connections_of(after)
    expected = {key: (then[key], now[key]) for key in then.keys() & now.keys() if then[key].differs(now[key])}
    assert expected == {
        (client, one.host, one.port, one.subset): (one.before, one.after)
        for one in found.shifts
        for client in one.clients
    }


@LAWS
@given(worlds(), changes())
def test_the_way_back_is_the_same_difference(world: list[Manifest], change: Manifest) -> None:
    before = snapshot_of(world)
    after = changed(before, change)
    there, back = difference(before, after), difference(after, before)
    assert set(there.reversed.shifts) == set(back.shifts)
    assert (there.stays, set(there.reversed.plain)) == (back.stays, set(back.plain))


@LAWS
@given(worlds(), changes())
def test_hosts_that_are_left_out_would_have_told_nothing(world: list[Manifest], change: Manifest) -> None:
    before = snapshot_of(world)
    after = changed(before, change)
    wide = snapshot_of([after.documents[ref].manifest for ref in after.documents])
    narrow, full = difference(before, after), difference(before, wide)
    assert set(narrow.shifts) == set(full.shifts)
    assert set(narrow.plain) == set(full.plain)


def test_nothing_differs_from_itself() -> None:
    snapshot = snapshot_of(mesh(*WORLD))
    assert difference(snapshot, snapshot) == Difference(clients=4)


@pytest.mark.parametrize(
    ("then", "now", "fails", "stays"),
    [
        pytest.param("PERMISSIVE", "STRICT", {"web"}, {"mTLS": 3}, id="plaintext at STRICT"),
        pytest.param("STRICT", "PERMISSIVE", set(), {"mTLS": 3}, id="mended"),
        pytest.param("PERMISSIVE", "UNSET", set(), {"mTLS": 3, "PLAINTEXT": 1}, id="says the same"),
    ],
)
def test_plaintext_clients_of_a_server_that_becomes_strict(then: str, now: str, fails: set[str], stays: Any) -> None:
    world = mesh(*BANK, workload("far", "bank", "10.0.2.2"), rule(mode="DISABLE"), policy("p", then))
    before = snapshot_of(world)
    found = difference(before, changed(before, policy("p", now)))
    assert {client[2] for one in found.failing for client in one.clients} == fails
    assert dict(found.stays) == stays


def test_a_failure_has_its_symptom() -> None:
    before = snapshot_of(mesh(rule(mode="DISABLE")))
    (one,) = difference(before, changed(before, policy("p", "STRICT"))).failing
    assert one.after.symptom is not None
    assert (one.after.symptom.status, one.after.symptom.flags) == ("503", "UC")


def test_one_of_two_endpoints_that_begins_to_refuse_is_a_failure() -> None:
    servers = [server(), workload("cart2", "shop", "10.0.0.2", labels={"app": "cart"}, proxy=None)]
    before = snapshot_of(mesh(rule(mode="DISABLE"), behind=servers))
    found = difference(before, changed(before, policy("p", "STRICT")))
    assert {(one.after.failing, one.after.total) for one in found.failing} == {(1, 2)}


@pytest.mark.parametrize(
    ("kind", "uncertain"),
    [
        pytest.param(None, False, id="all was read"),
        pytest.param(DESTINATION_RULE, True, id="rules of clients"),
        pytest.param(PEER_AUTHENTICATION, True, id="policies"),
        pytest.param(POD, True, id="pods"),
    ],
)
def test_what_may_change_and_cannot_be_told_is_uncertain(kind: Any, uncertain: bool) -> None:
    before = snapshot_of(mesh(policy("p", "PERMISSIVE")), gaps=[forbidden(kind)] if kind else [])
    found = difference(before, changed(before, policy("p", "STRICT")))
    assert bool(found.uncertain) == uncertain


def test_plaintext_that_an_authorization_policy_refuses_already_is_no_loss() -> None:
    source = {"from": [{"source": {"principals": ["cluster.local/ns/front/sa/default"]}}]}
    asks = manifest("security.istio.io/v1", "AuthorizationPolicy", "shop", "who", spec={"rules": [source]})
    for more, lost in (([], 1), ([asks], 0)):
        before = snapshot_of(mesh(*more, policy("p", "PERMISSIVE")))
        assert len(difference(before, changed(before, policy("p", "STRICT"))).plain) == lost


def test_a_namespace_is_asked_about_its_own_hosts_only() -> None:
    before = snapshot_of(mesh(*WORLD))
    found = difference(before, changed(before, policy("p", "STRICT", namespace="bank")))
    assert Counter({one.host for one in found.plain}) == {"cart.bank.svc.cluster.local": 1}
    assert found.total == 4


@pytest.mark.parametrize(
    ("more", "gaps", "found"),
    [
        pytest.param([ROUTE], [], ["v1"], id="routed to"),
        pytest.param([], [], [], id="nothing is routed to it"),
        pytest.param([], [VIRTUAL_SERVICE], ["v1"], id="who routes could not be read"),
    ],
)
def test_a_subset_counts_where_traffic_may_go_to_it(more: list[Manifest], gaps: list[Any], found: list[str]) -> None:
    subset = {"name": "v1", "labels": {"app": "cart"}, "trafficPolicy": {"tls": {"mode": "DISABLE"}}}
    world = mesh(*more, rule(mode="ISTIO_MUTUAL", subsets=[subset]), policy("p", "PERMISSIVE"))
    before = snapshot_of(world, gaps=[forbidden(kind) for kind in gaps])
    failing = difference(before, changed(before, policy("p", "STRICT"))).failing
    assert [one.subset for one in failing] == found
