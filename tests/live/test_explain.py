"""`explain` against a real API server: the connection of a night on call, and whatever people ask about it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.program import Ran, run, run_as
from tests.servers.api import ApiServer
from tests.servers.manifests import load_manifests

CONNECTION = Path(__file__).with_name("connection.yaml")
LEDGER = "ledger.shop.svc.cluster.local"
KINDS = (
    "namespaces,pods,services,endpointslices.discovery.k8s.io,configmaps,deployments.apps,"
    "peerauthentications.security.istio.io,authorizationpolicies.security.istio.io,envoyfilters.networking.istio.io,"
    "destinationrules.networking.istio.io,serviceentries.networking.istio.io,workloadentries.networking.istio.io,"
    "sidecars.networking.istio.io,virtualservices.networking.istio.io,gateways.networking.istio.io"
)


@pytest.fixture(scope="module")
def server(cluster: ApiServer) -> Any:
    cluster.apply(load_manifests(CONNECTION))
    yield cluster
    cluster.reset()


Ask = Callable[..., Ran]


@pytest.fixture
def ask(server: ApiServer) -> Ask:
    """`explain` as a user in namespace shop."""

    def ask_as(line: str, *more: str, user: str = "reader") -> Ran:
        return run_as(server, user, "shop", "explain", *line.split(), *more)

    return ask_as


def items(answer: str) -> list[dict[str, Any]]:
    return list(json.loads(answer)["items"])


def test_the_connection_of_the_night_says_who_is_to_blame_and_what_to_do(ask: Ask) -> None:
    ran = ask("deploy/report svc/ledger:5432")
    assert ran.code == 1, ran.err
    head, why, _, *lines = ran.out.splitlines()
    assert head == f"report -> {LEDGER}:5432   FAILS:"
    assert why == "  the client sends plaintext, the server accepts only mutual TLS"
    assert lines[0] == "CLIENT   sends PLAINTEXT, 2 pods, sidecar"
    assert lines[1].startswith("  decides      destinationrule/ledger-plain  trafficPolicy.tls.mode DISABLE")
    assert "changed " in lines[1] + lines[2]
    assert "  passed over  destinationrule/default -n istio-system  trafficPolicy.tls.mode ISTIO_MUTUAL" in lines
    symptom = lines.index("SYMPTOM  connection reset by peer")
    assert lines[symptom + 1 : symptom + 3] == [
        "         in the client proxy's log: UR",
        "         in the server's: NR filter_chain_not_found",
    ]
    assert lines[symptom + 3].startswith("FIX      kubectl mtls switch-mode dr/ledger-plain --to ISTIO_MUTUAL -n shop")
    assert max(map(len, ran.out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("client", "named", "sends"),
    [
        ("deploy/report", "report", "PLAINTEXT, 2 pods, sidecar"),
        ("deploy/report.shop", "report", "PLAINTEXT, 2 pods, sidecar"),
        ("pod/report-6d4cf56db6-b2cd9", "report", "PLAINTEXT, 1 pod, sidecar"),
        ("sa/report", "report", "PLAINTEXT, 2 pods, sidecar"),
        ("svc/cart", "cart-0", "PLAINTEXT, 1 pod, sidecar"),
        ("ns/batch", "nightly-0", "PLAINTEXT, 1 pod, no proxy"),
        ("gateway/public.istio-system", "edge-0", "PLAINTEXT, 1 pod, gateway"),
        ("outside", "outside", "PLAINTEXT, no proxy"),
    ],
)
def test_whoever_is_the_client(ask: Ask, client: str, named: str, sends: str) -> None:
    ran = ask(f"{client} svc/ledger")
    assert ran.code == 1, ran.err
    assert ran.out.startswith(f"{named} -> {LEDGER}:5432   FAILS")
    assert f"CLIENT   sends {sends}\n" in ran.out


def test_any_is_one_row_for_each_class_of_clients(ask: Ask) -> None:
    header, *rows = ask("any svc/ledger").out.splitlines()
    assert header.split()[0] == "CLIENT"
    clients = sorted(row.split("  ")[0] for row in rows)
    assert clients == ["cart-0.shop, ledger-0.shop, report.shop", "edge-0.istio-system", "nightly-0.batch"]


@pytest.mark.parametrize(
    "called",
    ["svc/ledger", "svc/ledger.shop", "ledger", "ledger.shop", "LEDGER.shop.svc", f"{LEDGER}:5432", f"{LEDGER}.",
     "ledger:tcp-sql", "10.96.0.50", "10.1.0.3:5432"],
)  # fmt: skip
def test_however_the_server_is_written(ask: Ask, called: str) -> None:
    ran = ask(f"deploy/report {called}")
    assert ran.code == 1, ran.err
    assert ran.out.startswith(f"report -> {LEDGER}:5432   FAILS")


@pytest.mark.parametrize("called", ["api.partner.example", "192.0.2.10:443"])
def test_hosts_outside_of_the_mesh(ask: Ask, called: str) -> None:
    ran = ask(f"deploy/report {called}")
    assert ran.code == 0, ran.err
    assert "report -> api.partner.example:443   PLAINTEXT" in ran.out
    assert "SERVER   outside of the mesh, says serviceentry/partner" in ran.out


def test_without_a_server_the_client_has_a_row_for_every_host(ask: Ask) -> None:
    ran = ask("deploy/report --no-headers")
    assert ran.code == 0, ran.err
    rows = {line.split()[0]: line.split() for line in ran.out.splitlines()}
    assert rows["ledger.shop.svc"][1:] == [
        "5432",
        "PLAINTEXT",
        "STRICT",
        "FAILS",
        "destinationrule/ledger-plain",
        "(DISABLE)",
    ]
    assert rows["cart.shop.svc"][1:5] == ["80", "ISTIO_MUTUAL", "STRICT", "mTLS"]
    assert "api.partner.example" in rows


SERVER_LINE = '"- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.1.0.3:5432 10.1.0.2:40112 -'
CLIENT_LINE = f'"- - -" 0 UR - - "-" 9 0 3 - "-" "-" "-" "-" "10.1.0.3:5432" outbound|5432||{LEDGER} 10.1.0.2:5 - -'


@pytest.mark.parametrize("seen", [SERVER_LINE, CLIENT_LINE])
def test_a_pasted_log_line_leads_to_the_connection_first(ask: Ask, seen: str) -> None:
    ran = ask("any -o json", "--symptom", seen)
    assert ran.code == 0, ran.err
    first = items(ran.out)[0]
    assert (first["host"], first["port"]) == (LEDGER, 5432)
    assert "report-6d4cf56db6-x7zk2" in first["client"]["pods"]
    assert "report-6d4cf56db6-b2cd9" not in first["client"]["pods"]


def test_a_line_of_a_working_connection_leads_nowhere(ask: Ask) -> None:
    ran = ask("deploy/report", "--symptom", '"GET / HTTP/1.1" 200 - via_upstream - "-" 0 9 3')
    assert (ran.code, ran.out[:26]) == (0, "no connection of this clie")


def test_with_rights_for_one_namespace_it_says_what_is_missing_and_ends_with_3(ask: Ask) -> None:
    ran = ask("deploy/report svc/ledger", user="shop-only")
    assert ran.code == 3, ran.err
    assert "UNKNOWN: not readable: may not get configmaps/istio" in " ".join(ran.out.split())
    assert "MISSING  the right to get configmaps/istio in namespace istio-system" in ran.out
    assert "decides      destinationrule/ledger-plain" in ran.out
    assert "SYMPTOM" not in ran.out
    assert ask("deploy/report svc/ledger --allow-gaps", user="shop-only").code == 0


def test_without_any_right_there_is_no_answer(ask: Ask) -> None:
    ran = ask("deploy/report svc/ledger", user="nobody")
    assert (ran.code, ran.out) == (3, "")
    assert "may not list services in namespace shop" in ran.err


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("deploy/reprot svc/ledger", "no pod of it runs", "nearest names: report"),
        ("deploy/report svc/legder", "no Service or ServiceEntry has this name", "ledger"),
        ("deploy/report svc/ledger:80", "has no port 80", "its ports: 5432 (tcp-sql)"),
        ("deploy/report svc/ledger -n batch", "no pod of it runs in namespace batch", ""),
    ],
)
def test_what_is_not_there_is_one_sentence(ask: Ask, line: str, error: str, hint: str) -> None:
    ran = ask(line)
    assert (ran.code, ran.out) == (2, "")
    assert error in ran.err
    assert hint in ran.err


def test_no_istio_is_3(bare_cluster: ApiServer) -> None:
    ran = run_as(bare_cluster, "admin", "default", "explain", "any")
    assert (ran.code, ran.out) == (3, "")


def comparable(answer: str) -> list[Any]:
    """Without what only one side can know: places in files, times and managers of the API server."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(child) for key, child in value.items() if key not in ("origin", "changed")}
        return [strip(child) for child in value] if isinstance(value, list) else value

    return sorted((strip(one) for one in items(answer)), key=json.dumps)


@pytest.mark.parametrize("by_class", [[], ["--by-class"]])
def test_a_dump_gives_the_same_connections_as_the_cluster(
    server: ApiServer, kubectl: Path, tmp_path: Path, by_class: list[str]
) -> None:
    arguments = [str(kubectl), "get", KINDS, "-A", "-o", "json", "--kubeconfig", str(server.kubeconfig("admin"))]
    dumped = tmp_path / "dump.json"
    dumped.write_bytes(subprocess.run(arguments, check=True, capture_output=True).stdout)
    live = run_as(server, "admin", "shop", "explain", "--all", "-A", "-o", "json", *by_class)
    offline = run("explain", "--all", "-f", str(dumped), "-o", "json", *by_class)
    assert (live.code, offline.code) == (0, 0), live.err + offline.err
    assert comparable(live.out) == comparable(offline.out)
    assert {"FAILS", "mTLS", "PLAINTEXT"} <= {one["verdict"] for one in items(live.out)}
