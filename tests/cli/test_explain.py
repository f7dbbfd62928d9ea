"""`explain -f`: who and what can be named, what is said, and the exit codes."""

import json
import re
from typing import Any

import pytest

from kubectl_mtls.model.kind import KINDS
from tests.cli.conftest import Runner, Write
from tests.posture.clients import HOST, mesh, networking, rule, workload
from tests.posture.meshes import manifest, mesh_config, policy

PLAIN = [rule(mode="DISABLE"), policy(mode="STRICT")]
GATEWAY = networking(
    "Gateway", "edge", "public", selector={"app": "edge"}, servers=[{"port": {"number": 80, "protocol": "HTTP"}}]
)
EDGE = workload("edge", "edge", "10.0.2.1", proxy=("proxy", "router"))
NAKED = workload("naked", "batch", "10.0.3.1", proxy=None, account="runner")
EXTERNAL = networking(
    "ServiceEntry", "front", "partner", hosts=["api.example"], location="MESH_EXTERNAL", resolution="DNS",
    addresses=["192.0.2.10"], ports=[{"number": 443, "name": "https", "protocol": "HTTPS"}],
)  # fmt: skip


def items(out: str) -> list[dict[str, Any]]:
    found = json.loads(out)
    assert (found["apiVersion"], found["kind"]) == ("kubectl-mtls/v1alpha1", "Explanations")
    return list(found["items"])


def test_a_failing_connection_is_explained_to_the_end(run: Runner, write: Write) -> None:
    ran = run(f"explain pod/web svc/cart:80 -f {write(*PLAIN)}")
    assert ran.code == 1
    assert "web -> cart.shop.svc.cluster.local:80   FAILS:\n  the client sends plaintext" in ran.out
    assert "destinationrule/cart  trafficPolicy.tls.mode DISABLE" in ran.out
    assert "peerauthentication/default -n shop  mtls.mode STRICT" in ran.out
    assert "NR filter_chain_not_found" in ran.out
    assert "FIX      kubectl mtls switch-mode dr/cart --to ISTIO_MUTUAL -n front" in ran.out
    assert "(MTLS203; makes this and 0 other connections change" in ran.out
    assert "mesh.yaml:" in ran.out


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("partner-cert", "SECRET   partner-cert, not read here: kubectl mtls inspect-secret partner-cert -n front"),
        ("kubernetes://bank/own", "SECRET   own, not read here: kubectl mtls inspect-secret own -n bank"),
        ("configmap://roots", ""),
    ],
)
def test_a_secret_that_the_proxy_asks_for_is_named(run: Runner, write: Write, name: str, line: str) -> None:
    tls = {"mode": "MUTUAL", "credentialName": name}
    ran = run(f"explain pod/web api.example -f {write(EXTERNAL, rule('out', 'api.example', tls=tls, select={}))}")
    assert [one for one in ran.out.splitlines() if one.startswith("SECRET")] == [line] * bool(line)


def test_a_working_connection_ends_with_zero_and_names_what_was_passed_over(run: Runner, write: Write) -> None:
    more = [rule(mode="ISTIO_MUTUAL"), rule("far", "*.local", namespace="istio-system", mode="DISABLE")]
    ran = run(f"explain pod/web svc/cart -f {write(*more)}")
    assert ran.code == 0
    assert "mTLS" in ran.out
    assert "destinationrule/far -n istio-system" in ran.out
    assert "a rule of the client's own namespace comes first" in ran.out
    assert "FIX" not in ran.out


@pytest.mark.parametrize(
    "client",
    [
        "pod/web",
        "pod/web.front",
        "ns/front",
        "sa/runner",
        "svc/cart",
        "svc/cart.shop",
        "gateway/public",
        "outside",
    ],
)
def test_clients_that_can_be_named(run: Runner, write: Write, client: str) -> None:
    ran = run(f"explain {client} svc/cart -f {write(GATEWAY, EDGE, NAKED)}")
    assert ran.code == 0, ran.err
    assert f"-> {HOST}:80" in ran.out


@pytest.mark.parametrize(
    "server",
    ["svc/cart", "svc/cart.shop", "cart.shop", f"{HOST}:80", "cart.shop.svc", "cart:http", "10.96.0.1", "10.0.0.1"],
)
def test_servers_that_can_be_named(run: Runner, write: Write, server: str) -> None:
    ran = run(f"explain pod/web {server} -f {write()}")
    assert ran.code == 0, ran.err
    assert f"web -> {HOST}:80   mTLS" in ran.out


def test_hosts_outside_of_the_mesh_can_be_named_by_name_and_address(run: Runner, write: Write) -> None:
    for server in ("api.example:443", "192.0.2.10"):
        assert "web -> api.example:443   PLAINTEXT" in run(f"explain pod/web {server} -f {write(EXTERNAL)}").out


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("pod/wed svc/cart", "nearest names: web"),
        ("deploy/web svc/cart", "no pod of it runs"),
        ("sa/rumner svc/cart", "nearest names: runner"),
        ("web svc/cart", "should be TYPE/NAME"),
        ("cm/web svc/cart", "with one of the types"),
        ("pod/web svc/card", "nearest names: cart"),
        ("pod/web svc/cart:81", "its ports: 80 (http)"),
        ("pod/web svc/cart:0", "the port should be a number between 1 and 65535"),
        ("pod/web 10.9.9.9", "no Service, ServiceEntry or endpoint has this address"),
        ("pod/web 2001:db8::1", "no Service, ServiceEntry or endpoint has this address"),
        ("pod/web [2001:db8::1]:80", "no Service, ServiceEntry or endpoint has this address"),
        (f"pod/web {'a' * 253}", "no Service or ServiceEntry has this name"),
        (f"pod/web {'a' * 5000}", "names have 1 to 253 characters"),
        ("", "explain whom?"),
        ("pod/web --all", "--all explains every client"),
        ("--all -o yaml", "in JSON: -o json"),
    ],
)
def test_what_is_not_there_is_one_sentence(run: Runner, write: Write, line: str, error: str) -> None:
    ran = run(f"explain {line} -f {write(NAKED)}")
    assert (ran.code, ran.out) == (2, "")
    assert error in ran.err


def test_a_name_that_several_services_have_must_be_made_clear(run: Runner, write: Write) -> None:
    other = manifest("v1", "Service", "bank", "cart", spec={"ports": [{"port": 80}]})
    ran = run(f"explain pod/web svc/cart -f {write(other)}")
    assert ran.code == 2
    assert "is in several namespaces: bank, shop" in ran.err


def test_a_service_without_endpoints_is_unknown_with_the_reason(run: Runner, write: Write) -> None:
    ran = run(f"explain pod/web svc/cart -f {write(of=mesh(behind=[]))}")
    assert ran.code == 0
    assert "UNKNOWN: nothing is behind it" in ran.out
    assert "503 no healthy upstream" in ran.out
    assert HOST in run(f"explain pod/web --symptom '503 UH' -f {write(of=mesh(behind=[]))}").out


def test_without_server_there_is_a_row_for_every_host(run: Runner, write: Write) -> None:
    ran = run(f"explain pod/web -f {write(EXTERNAL)}")
    assert ran.code == 0
    head, *rows = ran.out.splitlines()
    assert head.split() == ["HOST", "PORT", "SENDS", "SERVER", "RESULT", "DECIDED-BY"]
    assert [row.split()[:2] for row in rows] == [["api.example", "443"], ["cart.shop.svc", "80"]]
    wide = run(f"explain pod/web -o wide -f {write(EXTERNAL)}").out.splitlines()
    assert wide[0].split() == ["CLIENT", "HOST", "PORT", "SUBSET", *head.split()[2:], "WHY"]
    assert [row.split()[1] for row in wide[1:]] == ["api.example", HOST]
    without = run(f"explain pod/web --no-headers -f {write(EXTERNAL)}").out.splitlines()
    assert [row.split() for row in without] == [row.split() for row in rows]


@pytest.mark.parametrize(
    ("more", "row"),
    [
        pytest.param([], ["mTLS", "auto mTLS: each endpoint decides"], id="a default"),
        pytest.param([rule(mode="DISABLE")], ["PLAINTEXT", "destinationrule/cart (DISABLE)"], id="a rule"),
        pytest.param(PLAIN, ["FAILS", "destinationrule/cart (DISABLE)"], id="a rule that fails"),
        pytest.param([policy(mode="DISABLE")], ["PLAINTEXT", "peerauthentication/default -n shop"], id="the gate"),
        pytest.param(
            [networking("Sidecar", "front", "none", egress=[{"hosts": ["~/*"]}]), policy(mode="STRICT")],
            ["FAILS", "sidecar/none (host not imported)"],
            id="a Sidecar",
        ),
    ],
)
def test_a_row_names_what_decided(run: Runner, write: Write, more: list[Any], row: list[str]) -> None:
    (found,) = run(f"explain pod/web --no-headers -f {write(*more)}").out.splitlines()
    result, decided_by = re.split(r" {3,}", found)[-2:]
    assert result == row[0]
    assert decided_by.startswith(row[1])


def test_clients_of_several_namespaces_are_named_with_theirs(run: Runner, write: Write) -> None:
    twin = workload("web", "bank", "10.0.4.1")
    for line in ("explain any svc/cart", "explain any"):
        rows = run(f"{line} -f {write(twin)}").out.splitlines()[1:]
        assert [row.split()[0] for row in rows] == ["web.front", "cart.shop", "web.bank"]
    assert run(f"explain pod/web.front svc/cart -f {write(twin)}").out.startswith("web -> ")


@pytest.mark.parametrize(("seen", "found"), [("503 UC", True), ("connection termination", True), ("503 UF", False)])
def test_a_symptom_leads_to_the_connections_that_would_show_it(
    run: Runner, write: Write, seen: str, found: bool
) -> None:
    ran = run(f"explain pod/web --symptom '{seen}' -f {write(*PLAIN)}")
    assert ran.code == 0
    assert (HOST in ran.out) is found


def test_all_lists_every_pod_and_by_class_folds_them(run: Runner, write: Write) -> None:
    twin = workload("web-2", "front", "10.0.1.2")
    every = items(run(f"explain --all -o json -f {write(twin, NAKED)}").out)
    assert [(one["client"]["namespace"], one["client"]["pod"]) for one in every] == [
        ("batch", "naked"),
        ("front", "web"),
        ("front", "web-2"),
        ("shop", "cart"),
    ]
    classes = items(run(f"explain --all --by-class -o json -f {write(twin, NAKED)}").out)
    assert [one["client"]["pods"] for one in classes] == [["naked"], ["web", "web-2"], ["cart"]]


def test_all_of_one_namespace_asks_its_pods_for_every_host(run: Runner, write: Write) -> None:
    found = items(run(f"explain --all -n front -o json -f {write(EXTERNAL)}").out)
    assert [(one["client"]["pod"], one["host"]) for one in found] == [("web", "api.example"), ("web", HOST)]


@pytest.mark.parametrize("source", [None, "front", "bank"])
def test_where_else_a_virtual_service_may_route_to(run: Runner, write: Write, source: str | None) -> None:
    routes = [{"destination": {"host": f"v{number}.example", "subset": "v1"}} for number in range(500)]
    circle = {"destination": {"host": HOST}}
    http = {"route": [circle, *routes], **({"match": [{"sourceNamespace": source}]} if source else {})}
    ran = run(
        f"explain pod/web svc/cart -f {write(networking('VirtualService', 'front', 'vs', hosts=[HOST], http=[http]))}"
    )
    assert ran.code == 0
    assert ran.out.count("may also be routed to") == (0 if source == "bank" else 5)


def test_the_keys_that_others_rely_on(run: Runner, write: Write) -> None:
    (one,) = [
        item
        for item in items(run(f"explain --all -o json -f {write(rule(mode='DISABLE'))}").out)
        if item["client"]["pod"] == "web"
    ]
    assert (one["host"], one["port"], one["subset"]) == (HOST, 80, None)
    assert (one["verdict"], one["wire"], one["destinationRules"]) == ("PLAINTEXT", "PLAINTEXT", ["front/cart"])
    assert one["endpoints"] == [
        {
            "address": "10.0.0.1:8080",
            "pod": "shop/cart",
            "mode": "PERMISSIVE",
            "wire": "PLAINTEXT",
            "verdict": "PLAINTEXT",
        }
    ]
    decision = one["decisions"][0]
    assert decision["object"] == {"kind": "DestinationRule", "namespace": "front", "name": "cart"}
    assert (decision["field"], decision["value"], decision["overruled"]) == (
        "spec.trafficPolicy.tls.mode",
        "DISABLE",
        [],
    )


def test_unknown_always_has_a_reason(run: Runner, write: Write) -> None:
    for one in items(run(f"explain --all -o json -f {write(of=mesh(behind=[]))}").out):
        assert (one["verdict"], bool(one["reason"])) == ("UNKNOWN", True)


def test_hostile_names_cannot_steer_the_terminal(run: Runner, write: Write) -> None:
    hostile = networking(
        "ServiceEntry", "front", "x", hosts=["\x1b[31mred.example"], resolution="NONE",
        ports=[{"number": 80, "name": "http", "protocol": "HTTP"}],
    )  # fmt: skip
    for output in ("text", "wide", "json"):
        assert "\x1b" not in run(f"explain pod/web -o {output} -f {write(hostile)}").out
    assert "\x1b" not in run(f"explain --all -o json -f {write(hostile)}").out


@pytest.mark.parametrize(
    ("gaps", "lines"),
    [
        pytest.param([], [], id="all were read"),
        pytest.param(
            [{"kind": "virtualservices.networking.istio.io", "reason": "Forbidden", "detail": "may not list them"}],
            ["ROUTES   may go elsewhere by VirtualServices that were not read (may not list them)"],
            id="forbidden",
        ),
    ],
)
def test_routes_that_were_not_read_are_said(run: Runner, write: Write, gaps: list[object], lines: list[str]) -> None:
    info = {
        "apiVersion": "kubectl-mtls/v1alpha1", "kind": "SnapshotInfo", "time": "2026-08-01T00:00:00Z",
        "kinds": [kind.resource for kind in KINDS], "gaps": gaps,
    }  # fmt: skip
    ran = run(f"explain pod/web svc/cart:80 -n front -f {write(info)}")
    assert [line for line in ran.out.splitlines() if line.startswith("ROUTES")] == lines


def test_a_row_that_fails_names_the_setting_by_which_plaintext_goes_out(run: Runner, write: Write) -> None:
    mesh_file = write(policy(mode="STRICT"), mesh_config("enableAutoMtls: false"))
    rows = run(f"explain pod/web -f {mesh_file}").out.splitlines()[1:]
    assert [line.split("FAILS")[-1].strip() for line in rows] == ["enableAutoMtls is false"]
