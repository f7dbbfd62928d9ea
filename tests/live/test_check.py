"""`check` against a real API server: what it finds, for whom it is no pass, and files held against the cluster."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.make_certificates import write_certificates
from tests.live.conftest import EXAMPLES
from tests.live.program import Ran, run, run_as
from tests.rules.mesh import policy, service, workload
from tests.servers.api import ApiServer

NAMESPACES = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
"""


@pytest.fixture
def held(tmp_path: Path):
    """Hold a text against a server, as its admin with namespace shop."""

    def hold(server: ApiServer, text: str, *flags: str) -> Ran:
        path = tmp_path / "new.yaml"
        path.write_text(text)
        return run_as(server, "admin", "shop", "check", "-f", str(path), "--against", "cluster", "-o", "json", *flags)

    return hold


def states(ran: Ran) -> list[tuple[str, str, str]]:
    found = json.loads(ran.out)["findings"]
    return [(one["state"], one["code"], (one["object"] or {"name": "-"})["name"]) for one in found]


def test_the_cluster_has_the_findings_that_its_files_have(mesh, tmp_path: Path):
    write_certificates(tmp_path, datetime.now(UTC))
    name = "shop-in-trouble"
    asked = ("check", "-o", "json", "--ignore", "MTLS3,stale-webhook-bundle")  # no istiod runs here that writes bundles
    live = run_as(mesh(name, tmp_path / name), "reader", "shop", *asked, "-A", "--no-secrets")
    offline = run(*asked, "-f", str(EXAMPLES / name), "-f", str(tmp_path / name))
    assert [state[1:] for state in states(live)] == [state[1:] for state in states(offline)]
    assert live.code == offline.code == 1


def test_what_may_not_be_read_is_no_pass(mesh):
    server = mesh("shop")
    assert run_as(server, "shop-only", "shop", "check").code == 3
    assert run_as(server, "shop-only", "shop", "check", "--allow-gaps").code == 0
    assert run_as(server, "reader", "shop", "check").code == 3
    assert run_as(server, "reader", "shop", "check", "--no-secrets").code == 0
    assert run_as(server, "nobody", "shop", "check").code == 3
    assert run_as(server, "nobody", "shop", "check", "--allow-gaps").code == 3


def test_without_istio_there_is_nothing_to_check(bare_cluster: ApiServer):
    assert run_as(bare_cluster, "admin", "default", "check").code == 3


def test_a_second_policy_would_be_new_and_the_youngest(mesh, held):
    server = mesh(NAMESPACES, policy("z", "STRICT"))
    ran = held(server, policy("a", "PERMISSIVE"), "--fail-on", "warning")
    assert (ran.code, states(ran)) == (1, [("new", "MTLS104", "a")])


def test_what_the_cluster_has_already_does_not_fail(mesh, held):
    server = mesh(NAMESPACES, policy("a", "STRICT"), policy("b", "PERMISSIVE"))
    ran = held(server, policy("cart", "STRICT", select="{app: cart}") + workload() + service(), "--fail-on", "warning")
    assert (ran.code, states(ran)) == (0, [("still there", "MTLS104", "b")])


def test_files_win_over_objects_of_the_same_name_and_keep_their_age(mesh, held):
    server = mesh(NAMESPACES, policy("a", "STRICT"), policy("b", "PERMISSIVE"))
    selected = policy("b", "PERMISSIVE", select="{app: cart}") + workload() + service()
    ran = held(server, selected, "--fail-on", "warning")
    assert states(ran) == [("new", "MTLS102", "b"), ("gone", "MTLS104", "b")]
    assert ran.code == 1
    changed = held(server, policy("a", "PERMISSIVE") + policy("b", "STRICT"), "--fail-on", "warning")
    assert (changed.code, states(changed)) == (0, [("still there", "MTLS104", "b")])


def test_a_policy_of_the_root_namespace_is_held_against_the_whole_mesh(mesh, held):
    server = mesh(NAMESPACES, policy("cart", "PERMISSIVE", select="{app: cart}"), service(), POD)
    assert states(held(server, policy("default", "STRICT", namespace="istio-system"))) == [("new", "MTLS102", "cart")]


PLAIN = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: plain, namespace: shop}
spec: {host: cart, trafficPolicy: {tls: {mode: DISABLE}}}
"""


@pytest.mark.parametrize(
    ("mode", "flags", "code", "found"),
    [
        pytest.param("STRICT", (), 1, [("new", "MTLS713", "plain")], id="would fail"),
        pytest.param("STRICT", ("--select", "MTLS721"), 0, [], id="would fail, not asked"),
        pytest.param("PERMISSIVE", (), 0, [("new", "MTLS721", "plain")], id="would be plaintext"),
        pytest.param(
            "PERMISSIVE",
            ("--select", "MTLS7", "--fail-on", "warning"),
            1,
            [("new", "MTLS721", "plain")],
            id="and may not be",
        ),
        pytest.param("DISABLE", (), 0, [], id="is plaintext already"),
    ],
)
def test_connections_that_files_would_break_are_findings_of_the_object_that_does_it(
    mesh, held, mode: str, flags: tuple[str, ...], code: int, found: list[tuple[str, str, str]]
):
    ran = held(mesh(NAMESPACES, policy(mode=mode), service(), POD), PLAIN, *(flags or ("--select", "MTLS7")))
    assert (ran.code, states(ran)) == (code, found)


def test_connections_that_files_would_change_are_counted(mesh, held):
    server = mesh(NAMESPACES, policy(mode="STRICT"), service(), POD)
    connections = json.loads(held(server, PLAIN).out)["connections"]
    assert (connections["clients"], connections["connections"], connections["stays"]) == (1, 1, {})
    (one,) = connections["changed"]
    assert (one["before"]["verdict"], one["after"]["verdict"]) == ("mTLS", "FAILS")
    text = held(server, PLAIN, "-o", "table").out
    assert "CONNECTIONS\n  1 client workload with a proxy, 1 connection: 1 mTLS -> FAILS\n" in text
    assert '"ruleId": "MTLS713"' in held(server, PLAIN, "-o", "sarif").out
    assert "CONNECTIONS" not in held(server, policy(mode="STRICT"), "-o", "table").out


def test_the_answer_for_people_says_what_is_new(mesh, held):
    server = mesh(NAMESPACES, policy("z", "STRICT"))
    ran = held(server, policy("a", "PERMISSIVE"), "-o", "table")
    assert ran.out.startswith("NEW, if these files were applied\n1 warning ")
    assert held(server, policy("z", "STRICT"), "-o", "table").out == "no findings\n"


POD = """
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: shop, labels: {app: cart, security.istio.io/tlsMode: istio}}
spec:
  containers:
  - {name: app, image: "app:1", ports: [{containerPort: 8080}]}
  - {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}
status: {phase: Running, podIP: 10.1.0.1}
"""
