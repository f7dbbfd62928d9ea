"""What comes of policies and client rules, seen on the wire; and whether the program says the same of them."""

import re
from collections.abc import Callable

import pytest

from tests.mesh import world
from tests.mesh.answers import Answers, has_symptom, is_predictable
from tests.mesh.mesh import Mesh
from tests.mesh.outcomes import (
    DISABLE,
    NOTHING,
    PERMISSIVE,
    POLICIES,
    STRICT,
    Connection,
    Policy,
)
from tests.mesh.wire import Wire

Observed = Callable[[Policy], tuple[Wire, Answers]]


CONNECTIONS = [
    pytest.param(policy, connection, id=f"{policy.name}-{connection.name}")
    for policy in POLICIES
    for connection in policy.connections
]
PREDICTED = [one for one in CONNECTIONS if is_predictable(one.values[1])]
FAILING = [
    pytest.param(policy, connection, id=f"{policy.name}-{connection.name}")
    for policy in POLICIES
    for connection in policy.connections
    if has_symptom(connection)
]
MODES = [
    pytest.param(policy, port, mode, id=f"{policy.name}-{port}")
    for policy in POLICIES
    for port, mode in policy.modes.items()
]


@pytest.mark.parametrize(("policy", "connection"), CONNECTIONS)
def test_a_connection_ends_as_the_table_says(observed: Observed, policy: Policy, connection: Connection) -> None:
    wire, _ = observed(policy)
    seen = wire.seen[connection]
    assert list(seen.surprises(connection.outcome)) == [], seen


@pytest.mark.parametrize(("policy", "port", "mode"), MODES)
def test_status_says_the_mode_that_plaintext_and_mesh_mtls_meet(
    mesh: Mesh, observed: Observed, policy: Policy, port: str, mode: str
) -> None:
    wire, answers = observed(policy)
    assert answers.status[port]["mode"] == mode == _mode_on_the_wire(mesh, wire, port)


def _mode_on_the_wire(mesh: Mesh, wire: Wire, port: str) -> str:
    """The mode of a Service's port, from what passes: plaintext, explicit mesh mTLS, or both."""
    behind = _pod_port(mesh, port)
    plaintext, mtls = set(), set()
    for connection, seen in wire.seen.items():
        if not connection.service or connection.speaks == "https":
            continue
        if _pod_port(mesh, f"{connection.service}:{connection.port}") != behind:
            continue
        if connection.client not in mesh.sidecars:
            plaintext.add(seen.passed)
        elif mesh.rule(connection.client, connection.service) == {"tls": {"mode": "ISTIO_MUTUAL"}}:
            mtls.add(seen.passed)
    assert (len(plaintext), len(mtls)) == (1, 1), f"no connections tell the mode of {port}"
    return {(True, True): PERMISSIVE, (False, True): STRICT, (True, False): DISABLE}[plaintext.pop(), mtls.pop()]


def _pod_port(mesh: Mesh, port: str) -> tuple[str, int]:
    """The pod and its port behind `namespace/service:port`."""
    name, _, number = port.partition(":")
    service = mesh.services[name]
    return service.pod, next(one.target for one in service.ports if one.number == int(number))


@pytest.mark.parametrize(("policy", "connection"), PREDICTED)
def test_explain_says_what_the_wire_shows(observed: Observed, policy: Policy, connection: Connection) -> None:
    wire, answers = observed(policy)
    namespace, _, name = connection.service.partition("/")
    pod = world.PODS[connection.client]
    verdicts = {
        item["verdict"]
        for item in answers.explain
        if (item["client"]["namespace"], item["client"]["pod"]) == (pod.namespace, pod.name)
        and (item["host"], item["port"]) == (f"{name}.{namespace}.svc.cluster.local", connection.port)
        and item["subset"] is None
    }
    assert verdicts == {connection.foretold or wire.seen[connection].verdict}


@pytest.mark.parametrize(("policy", "connection"), FAILING)
def test_explain_tells_how_a_failure_looks_in_both_logs(
    observed: Observed, policy: Policy, connection: Connection
) -> None:
    _, answers = observed(policy)
    ran, outcome = answers.failures[connection], connection.outcome
    assert ran.code == 1, ran
    client = re.search(r"in the client proxy's log: (\S+)(.*)", ran.out)
    server = re.search(r"in the server's: (\S+)", ran.out)
    if outcome.client:
        assert client
        assert frozenset(client[1].split(",")) in outcome.client.flags
        assert any(reason in client[2] for reason in outcome.client.reason or ("",))
    if outcome.server is None or outcome.server == NOTHING:
        assert not server, "the server has no sidecar, or its sidecar writes no line"
    elif frozenset() not in outcome.server.flags:
        assert server
        assert {server[1]} in outcome.server.flags
