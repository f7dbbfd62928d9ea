"""`switch-mode` where it counts: what clients in the mesh and without a proxy meet after it, and after --undo."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.live.program import Ran, run_as
from tests.mesh.mesh import Mesh
from tests.mesh.outcomes import (
    HTTP_PLAINTEXT,
    IN_MTLS,
    IN_PLAINTEXT,
    NAKED_PLAINTEXT,
    TCP_NAKED_PLAINTEXT,
    Connection,
    Outcome,
    Policy,
)
from tests.mesh.wire import connect, observe
from tests.servers.client import MERGE

RULE = "/apis/networking.istio.io/v1/namespaces/data/destinationrules/db-mesh"
POLICY = "/apis/security.istio.io/v1/namespaces/data/peerauthentications/default"


@pytest.fixture(autouse=True)
def as_before(mesh: Mesh) -> Iterator[None]:
    """A test that fails half way leaves no switched mode to those that come after it."""
    rule = mesh.api.request("GET", RULE).must()["spec"]
    yield
    mesh.api.request("DELETE", POLICY)
    mesh.api.request("PATCH", RULE, {"spec": rule}, content_type=MERGE).must()


def switch(mesh: Mesh, *argv: str) -> Ran:
    return run_as(mesh.api, "operator", "data", "switch-mode", *argv)


def switch_accepting(mesh: Mesh, *argv: str) -> list[str]:
    """Switch, with every objection accepted by its code; the codes."""
    refused = switch(mesh, *argv, "--yes")
    assert refused.code == 4, refused
    codes = re.findall(r"MTLS7\d\d", refused.err.partition("--accept ")[2])
    done = switch(mesh, *argv, "--yes", "--accept", ",".join(codes))
    assert done.code == 0, done
    return codes


def surprises(mesh: Mesh, *connections: tuple[str, str, int, str, Outcome]) -> dict[str, list[str]]:
    """What is not as expected of these connections, once everything has had its time."""
    wire = observe(mesh, Policy("switched", "", tuple(Connection(*one) for one in connections)))
    found = {one.name: list(seen.surprises(one.outcome)) for one, seen in wire.seen.items()}
    return {name: those for name, those in found.items() if those}


@contextmanager
def steady(mesh: Mesh, connection: Connection) -> Iterator[list[str]]:
    """Connect again and again meanwhile; the list of all ends is whole when the block is left."""
    ends: list[str] = []
    over = threading.Event()

    def go() -> None:
        while not over.is_set():
            ends.append(connect(mesh, connection).end)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield ends
    finally:
        over.set()
        thread.join()


def test_strict_shuts_out_clients_without_proxy_and_undo_lets_them_in_again(mesh: Mesh) -> None:
    inside = Connection("batch", "data/db", 81, "http", IN_MTLS)
    mtls = [("app", "data/db", 80, "http", IN_MTLS), ("app", "data/db", 9000, "tcp", IN_MTLS)]
    with steady(mesh, inside) as ends:
        assert "MTLS701" in switch_accepting(mesh, "ns/data", "--to", "STRICT")
        shut_out = [
            ("naked", "data/db", 80, "http", NAKED_PLAINTEXT),
            ("naked", "data/db", 9000, "tcp", TCP_NAKED_PLAINTEXT),
        ]
        assert surprises(mesh, *shut_out, *mtls) == {}
        undone = switch(mesh, "ns/data", "--undo", "--yes")
        assert undone.code == 0, undone
        let_in = [
            ("naked", "data/db", 80, "http", IN_PLAINTEXT),
            ("naked", "data/db", 9000, "tcp", IN_PLAINTEXT),
        ]
        assert surprises(mesh, *let_in, *mtls) == {}
    assert set(ends) == {"200"}, f"clients of the mesh noticed: {ends}"


def test_a_client_rule_switched_to_disable_sends_plaintext_until_it_is_undone(mesh: Mesh) -> None:
    done = switch(mesh, "dr/db-mesh", "--to", "DISABLE", "--yes")
    assert done.code == 0, done
    assert "mTLS -> PLAINTEXT" in done.out
    assert surprises(mesh, ("app", "data/db-mesh", 80, "http", IN_PLAINTEXT)) == {}
    undone = switch(mesh, "dr/db-mesh", "--undo", "--yes")
    assert undone.code == 0, undone
    assert surprises(mesh, ("app", "data/db-mesh", 80, "http", IN_MTLS)) == {}


def test_connections_that_the_plan_says_would_fail_fail_with_the_symptom_that_it_names(mesh: Mesh) -> None:
    assert switch(mesh, "dr/db-mesh", "--to", "DISABLE", "--yes").code == 0
    foretold = switch(mesh, "ns/data", "--to", "STRICT", "--dry-run", "client").out
    failing = foretold.partition("  FAILS ")[2].partition("\n  MTLS")[0]
    assert "-> db-mesh.data.svc.cluster.local:80, was PLAINTEXT" in failing
    assert "503 upstream connect error" in failing
    assert "in the client proxy's log: UC" in failing
    assert "MTLS713" in switch_accepting(mesh, "ns/data", "--to", "STRICT")
    assert surprises(mesh, ("app", "data/db-mesh", 80, "http", HTTP_PLAINTEXT)) == {}
    assert surprises(mesh, ("app", "data/db", 80, "http", IN_MTLS)) == {}
    mended = switch(mesh, "dr/db-mesh", "--undo", "--yes")
    assert mended.code == 0, mended
    assert "FAILS -> mTLS" in mended.out
    assert surprises(mesh, ("app", "data/db-mesh", 80, "http", IN_MTLS)) == {}
