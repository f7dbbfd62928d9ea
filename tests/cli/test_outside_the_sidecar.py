"""Gateways, the Gateway API, ambient mode and other networks, as `status` and `explain` show them."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Runner, Write
from tests.posture.client.test_backend_policies import backend
from tests.posture.clients import client, endpoints, mesh, server, service, workload
from tests.posture.cluster.test_networks import HERE, machine, networks
from tests.posture.connection.test_gateway_server import ROUTER, api_gateway, gateway, one_server, terminate
from tests.posture.connection.test_waypoint import AMBIENT_CLIENT, AMBIENT_SERVER, PLANE, USE, labelled, waypoint
from tests.posture.meshes import manifest, policy


def item(out: str) -> dict[str, Any]:
    (found,) = json.loads(out)["items"]
    assert isinstance(found, dict)
    return found


def test_a_gateway_with_one_way_tls_is_not_called_mutual(run: Runner, write: Write) -> None:
    plain = mesh(gateway(one_server("SIMPLE")), behind=[ROUTER])
    ran = run(f"explain pod/web svc/cart:80 -f {write(of=plain)}")
    assert ran.code == 1
    assert "takes TLS alone" in ran.out
    assert "gateway/gw -n shop  servers.0.tls.mode SIMPLE for *" in ran.out
    assert "mutual" not in ran.out


def test_outside_clients_are_told_what_a_listener_of_the_gateway_api_takes(run: Runner, write: Write) -> None:
    objects = mesh(api_gateway(terminate()), behind=[ROUTER])
    found = item(run(f"explain outside svc/cart:80 -n shop -f {write(of=objects)} -o json").out)
    assert (found["verdict"], found["endpoints"][0]["mode"]) == ("FAILS", "GATEWAY")
    (decision,) = [one for one in found["decisions"] if one["side"] == "server"]
    assert (decision["object"]["name"], decision["field"], decision["value"]) == (
        "public",
        "spec.listeners.0.tls",
        "SIMPLE for *",
    )


def test_a_backend_tls_policy_is_named_as_what_decides(run: Runner, write: Write) -> None:
    ran = run(f"explain pod/web svc/cart:80 -f {write(of=mesh(backend()))} -o json")
    found = item(ran.out)
    decision = found["decisions"][0]
    assert (found["wire"], found["destinationRules"]) == ("SIMPLE", ["shop/upstream"])
    assert (decision["object"]["kind"], decision["field"], decision["value"]) == (
        "BackendTLSPolicy",
        "spec.validation",
        "SIMPLE",
    )


def test_ambient_pods_have_a_mode_in_status_and_in_plans(run: Runner, write: Write) -> None:
    objects = [AMBIENT_CLIENT, AMBIENT_SERVER, service(), endpoints(AMBIENT_SERVER), policy(mode="DISABLE"), PLANE]
    file = write(of=objects)
    services = json.loads(run(f"status -n shop -f {file} -o json").out)["services"]
    backend_ = services[0]["backends"][0]
    assert (backend_["mode"], backend_["basis"]) == ("PERMISSIVE", "documentation")
    assert "by ztunnel" in run(f"status -n shop -f {file}").out
    planned = run(f"switch-mode pa/default --to STRICT -n shop -f {file}")
    assert "not resolved yet" not in planned.out + planned.err


def test_the_waypoint_on_the_way_is_named(run: Runner, write: Write) -> None:
    objects = [AMBIENT_CLIENT, AMBIENT_SERVER, labelled(USE), endpoints(AMBIENT_SERVER), PLANE, waypoint()]
    ran = run(f"explain pod/web svc/cart:80 -f {write(of=objects)}")
    assert "waypoint shop/gate" in ran.out
    assert "documentation" in ran.out


def test_other_networks_are_one_line_of_the_mesh(run: Runner, write: Write) -> None:
    file = write(of=mesh(networks(), HERE, machine()))
    assert "network n1, beside n2 by 192.0.2.2:15443: endpoints there are not seen" in run(f"status -A -f {file}").out
    (plane,) = json.loads(run(f"status -A -f {file} -o json").out)["revisions"]
    assert (plane["network"], plane["otherNetworks"]) == ("n1", {"n2": ["192.0.2.2:15443"]})
    assert "network n2 by 192.0.2.2:15443" in run(f"explain pod/web svc/cart:80 -f {file}").out


def test_one_network_is_not_worth_a_line(run: Runner, write: Write) -> None:
    file = write(of=mesh(HERE))
    assert "network" not in run(f"status -A -f {file}").out
    (plane,) = json.loads(run(f"status -A -f {file} -o json").out)["revisions"]
    assert "otherNetworks" not in plane


def test_a_malformed_listener_is_a_gap_that_names_its_field(run: Runner, write: Write) -> None:
    broken = manifest(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "shop",
        "broken",
        spec={"listeners": [{"name": "a", "port": "eighty"}]},
    )
    ran = run(f"status -A -f {write(of=mesh(broken, behind=[server()]))}")
    assert "spec.listeners.0.port should be a whole number" in ran.out + ran.err


@pytest.mark.parametrize("client", ["gateway/gw", "gtw/public", "gtw/gate"])
def test_a_gateway_of_either_kind_and_a_waypoint_can_be_the_client(client: str, run: Runner, write: Write) -> None:
    router = workload("edge", "shop", "10.0.2.1", proxy=("proxy", "router"), labels={"app": "cart"})
    label = {"gateway.networking.k8s.io/gateway-name": "gate"}
    gate = workload("gate", "shop", "10.0.2.2", proxy=("proxy", "waypoint"), labels=label)
    objects = [router, gate, *mesh(gateway(one_server("SIMPLE")), api_gateway(terminate()), waypoint())]
    ran = run(f"explain {client} svc/cart:80 -n shop -f {write(of=objects)} -o json")
    wanted = "gate" if client == "gtw/gate" else "edge"
    assert item(ran.out)["client"]["pods"] == [wanted], ran.err


@pytest.mark.parametrize(
    ("annotation", "value"), [("excludeOutboundPorts", "80"), ("excludeOutboundIPRanges", "10.96.0.0/16")]
)
def test_the_annotation_by_which_a_client_goes_past_its_sidecar_is_named(
    run: Runner, write: Write, annotation: str, value: str
) -> None:
    key = f"traffic.sidecar.istio.io/{annotation}"
    objects = [client(annotations={key: value}), *mesh()[1:]]
    found = item(run(f"explain pod/web svc/cart:80 -n front -f {write(of=objects)} -o json").out)
    (decision,) = [one for one in found["decisions"] if one["side"] == "client"]
    assert (found["way"], found["wire"]) == ("past its proxy", "PLAINTEXT")
    assert (decision["object"]["name"], decision["field"], decision["value"]) == (
        "web",
        "metadata.annotations",
        f"{key} {value}",
    )
