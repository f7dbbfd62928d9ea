"""Auto mTLS: the gate (3.1), each endpoint (3.2), original destinations (3.3), and where both disagree (3.4)."""

from typing import Any

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.cluster.auto_mtls import Gate
from tests.posture.clients import client, connect, mesh, networking, rule, server, workload
from tests.posture.meshes import istiod, mesh_config, policy

NAKED = server(proxy=None)
SECOND = workload("cart-2", "shop", "10.0.0.2", labels={"app": "cart"}, proxy=None)
HEADLESS = {"clusterIP": "None"}


@pytest.mark.parametrize(
    ("more", "behind", "of_service", "wire", "gate"),
    [
        pytest.param([], None, {}, "ISTIO_MUTUAL", Gate.OPEN, id="nothing said"),
        pytest.param([mesh_config("enableAutoMtls: false")], None, {}, "PLAINTEXT", Gate.OFF, id="switched off"),
        pytest.param([], [NAKED], {}, "PLAINTEXT", Gate.OPEN, id="an endpoint without proxy"),
        pytest.param([], [server(), SECOND], {}, "MIXED", Gate.OPEN, id="each endpoint by itself"),
        pytest.param(
            [],
            [server(labels={"security.istio.io/tlsMode": "disabled"})],
            {},
            "PLAINTEXT",
            Gate.OPEN,
            id="the label says no",
        ),
        pytest.param(
            [policy(mode="DISABLE")], None, {}, "PLAINTEXT", Gate.NAMESPACE_DISABLED, id="the namespace is DISABLE"
        ),
        pytest.param(
            [policy(mode="DISABLE"), policy("cart", "STRICT", select={"app": "cart"})],
            None,
            {},
            "PLAINTEXT",
            Gate.NAMESPACE_DISABLED,
            id="the workload's policy is not seen at the gate",
        ),
        pytest.param(
            [policy(mode="DISABLE", namespace="istio-system")],
            None,
            {},
            "PLAINTEXT",
            Gate.NAMESPACE_DISABLED,
            id="the mesh is DISABLE",
        ),
        pytest.param(
            [policy(mode="DISABLE", namespace="istio-system"), policy(mode="UNSET")],
            None,
            {},
            "PLAINTEXT",
            Gate.NAMESPACE_DISABLED,
            id="UNSET inherits the mesh's DISABLE",
        ),
        pytest.param(
            [policy(mode="DISABLE", namespace="istio-system"), policy(mode="PERMISSIVE")],
            None,
            {},
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="the namespace before the mesh",
        ),
        pytest.param(
            [policy(mode="DISABLE", namespace="front")],
            None,
            {},
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="the client's namespace plays no part",
        ),
        pytest.param(
            [policy("cart", "DISABLE", select={"app": "cart"})],
            None,
            {},
            "PLAINTEXT",
            Gate.OPEN,
            id="a workload's DISABLE",
        ),
        pytest.param(
            [policy("cart", "STRICT", select={"app": "cart"}, ports={8080: "DISABLE"})],
            None,
            {},
            "PLAINTEXT",
            Gate.OPEN,
            id="a port's DISABLE, by the pod's port",
        ),
        pytest.param(
            [policy("cart", "STRICT", select={"app": "cart"}, ports={80: "DISABLE"})],
            None,
            {},
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="a Service port in a policy is no port of the pod",
        ),
        pytest.param([], None, HEADLESS, "ISTIO_MUTUAL", Gate.OPEN, id="headless, all with proxy"),
        pytest.param([], [server(), SECOND], HEADLESS, "PLAINTEXT", Gate.NAKED_ENDPOINT, id="headless, all or nothing"),
        pytest.param([], [], HEADLESS, "PLAINTEXT", Gate.NO_ENDPOINTS, id="headless without endpoints"),
        pytest.param(
            [policy("cart", "DISABLE", select={"app": "cart"})],
            None,
            HEADLESS,
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="a workload's DISABLE is not honoured there",
        ),
        pytest.param(
            [rule(balancer="PASSTHROUGH")],
            [server(), SECOND],
            {},
            "PLAINTEXT",
            Gate.NAKED_ENDPOINT,
            id="PASSTHROUGH is as headless",
        ),
        pytest.param(
            [rule(balancer="PASSTHROUGH"), policy("cart", "DISABLE", select={"app": "cart"})],
            None,
            {},
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="nor behind PASSTHROUGH",
        ),
        pytest.param(
            [policy("cart", "STRICT", select={"app": "cart"}, ports={8080: "DISABLE"})],
            None,
            HEADLESS,
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="nor a port's",
        ),
        pytest.param(
            [policy(mode="DISABLE")], None, HEADLESS, "PLAINTEXT", Gate.NAMESPACE_DISABLED, id="its namespace is"
        ),
        pytest.param(
            [
                istiod(env={"PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES": "true"}),
                policy("c", "DISABLE", select={"app": "cart"}),
            ],
            None,
            HEADLESS,
            "PLAINTEXT",
            Gate.OPEN,
            id="unless istiod gives headless Services endpoints",
        ),
        pytest.param(
            [], [server(labels={"security.istio.io/tlsMode": "foo"})], {}, "PLAINTEXT", Gate.OPEN, id="another label"
        ),
        pytest.param(
            [],
            [server(labels={"security.istio.io/tlsMode": "foo"})],
            HEADLESS,
            "ISTIO_MUTUAL",
            Gate.OPEN,
            id="another label passes the headless gate",
        ),
    ],
)
def test_what_goes_out_where_no_rule_says(
    more: list[Manifest], behind: list[Manifest] | None, of_service: dict[str, Any], wire: str, gate: Gate
) -> None:
    found = connect(*mesh(*more, behind=behind, **of_service))
    assert found.cluster is not None
    assert found.cluster.gate is not None
    assert (found.wire, found.cluster.gate.gate) == (wire, gate)


def test_a_port_entry_with_passthrough_alone_is_mutual_to_everybody() -> None:
    spec = {"host": "cart.shop.svc.cluster.local", "trafficPolicy": {"portLevelSettings": [ENTRY]}}
    found = connect(*mesh(networking("DestinationRule", "front", "cart", **spec), behind=[NAKED]))
    assert found.wire == "ISTIO_MUTUAL"
    assert found.verdict == "FAILS"


ENTRY = {"port": {"number": 80}, "loadBalancer": {"simple": "PASSTHROUGH"}}


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        pytest.param({"mode": "DISABLE", "ports": {80: None}}, "PLAINTEXT", id="DISABLE above an entry without tls"),
        pytest.param({"mode": "SIMPLE", "ports": {80: None}}, "PLAINTEXT", id="SIMPLE above an entry without tls"),
        pytest.param({"mode": "ISTIO_MUTUAL", "ports": {80: None}}, "ISTIO_MUTUAL", id="ISTIO_MUTUAL above one"),
    ],
)
def test_endpoints_inherit_where_clusters_do_not(written: dict[str, Any], wire: str) -> None:
    assert connect(*mesh(rule(**written))).wire == wire


def test_istio_mutual_above_an_entry_without_tls_does_not_reach_endpoints_without_label() -> None:
    found = connect(*mesh(rule(mode="ISTIO_MUTUAL", ports={80: None}), behind=[server(), SECOND]))
    assert [one.wire for one in found.results] == ["ISTIO_MUTUAL", "PLAINTEXT"]


def passthrough(*, port: str = "", subset: str | None = None, of_port: str = "") -> Manifest:
    """PASSTHROUGH for the host, ROUND_ROBIN or whatever for the port or subset."""

    def policy_of(simple: str, of_port: str) -> dict[str, Any]:
        entries = [{"port": {"number": 80}, "loadBalancer": {"simple": of_port}}] if of_port else []
        return {"loadBalancer": {"simple": simple}, **({"portLevelSettings": entries} if entries else {})}

    parts = [{"name": "v1", "labels": {"app": "cart"}, "trafficPolicy": policy_of(subset, of_port)}] if subset else []
    spec = {"host": "cart.shop.svc.cluster.local", "trafficPolicy": policy_of("PASSTHROUGH", port), "subsets": parts}
    return networking("DestinationRule", "front", "cart", **spec)


@pytest.mark.parametrize(
    ("written", "subset", "kind", "wires"),
    [
        pytest.param({}, None, "ORIGINAL_DST", ["PLAINTEXT", "PLAINTEXT"], id="PASSTHROUGH, gated"),
        pytest.param(
            {"port": "ROUND_ROBIN"}, None, "EDS", ["PLAINTEXT", "PLAINTEXT"], id="an entry takes it back, not the gate"
        ),
        pytest.param(
            {"subset": "ROUND_ROBIN"},
            "v1",
            "ORIGINAL_DST",
            ["ISTIO_MUTUAL", "ISTIO_MUTUAL"],
            id="a subset inherits the cluster and not the gate",
        ),
        pytest.param(
            {"subset": "PASSTHROUGH", "of_port": "ROUND_ROBIN"},
            "v1",
            "ORIGINAL_DST",
            ["PLAINTEXT", "PLAINTEXT"],
            id="a subset's own, with an entry of its own",
        ),
    ],
)
def test_where_addresses_are_passed_through(
    written: dict[str, Any], subset: str | None, kind: str, wires: list[str]
) -> None:
    found = connect(*mesh(passthrough(**written), behind=[server(), SECOND]), subset=subset)
    assert found.cluster is not None
    assert (found.cluster.type, [one.wire for one in found.results]) == (kind, wires)


def test_istio_mutual_above_an_entry_without_tls_overrides_a_disabled_workload() -> None:
    disabled = policy("cart", "DISABLE", select={"app": "cart"})
    found = connect(*mesh(rule(mode="ISTIO_MUTUAL", ports={80: None}), disabled))
    assert (found.wire, found.verdict) == ("ISTIO_MUTUAL", "FAILS")


@pytest.mark.parametrize(
    ("image", "wire"), [("istio/pilot:1.30.3", "ISTIO_MUTUAL"), ("istio/pilot:1.31.0", "PLAINTEXT")]
)
def test_a_subset_without_mode_takes_the_rules_for_its_endpoints_since_1_31(image: str, wire: str) -> None:
    part = {"name": "v1", "labels": {"app": "cart"}, "trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}}]}}
    found = connect(*mesh(rule(mode="DISABLE", subsets=[part]), istiod(image=image)), subset="v1")
    assert found.wire == wire


def test_gateways_decide_for_each_endpoint_of_a_headless_service() -> None:
    everything = mesh(behind=[server()], clusterIP="None")
    found = connect(client(proxy=("proxy", "router")), *everything[1:])
    assert found.cluster is not None
    assert (found.cluster.type, found.wire) == ("EDS", "ISTIO_MUTUAL")
