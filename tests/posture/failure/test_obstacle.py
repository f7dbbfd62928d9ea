"""What stands in the way where no rule says what to send: one obstacle for each way in which auto mTLS goes wrong."""

import pytest

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.failure.obstacle import Obstacle, failures_of
from tests.posture.clients import client, mesh, networking, rule, server, traffic_in, workload
from tests.posture.meshes import istiod, mesh_config, policy, snapshot_of

STRICT = policy(mode="STRICT")
NAKED = server(proxy=None)
SECOND = workload("cart-2", "shop", "10.0.0.2", labels={"app": "cart"}, proxy=None)
HEADLESS = {"clusterIP": "None"}
UNMARKED = server(labels={"security.istio.io/tlsMode": "disabled"})
EXCLUDED = server(annotations={"traffic.sidecar.istio.io/excludeInboundPorts": "8080"})
WANTS_IDENTITY = networking(
    "AuthorizationPolicy", "shop", "cart", rules=[{"from": [{"source": {"principals": ["*"]}}]}]
)
WANTS_IDENTITY["apiVersion"] = "security.istio.io/v1"
IMPORTS_NOTHING = networking("Sidecar", "front", "default", egress=[{"hosts": ["./*"]}])
CAPTURED = workload("web", "front", "10.0.1.1", proxy=None, annotations={"ambient.istio.io/redirection": "enabled"})
UNCAPTURED = client(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "80"})


def hidden(mode: str) -> Manifest:
    """A block that an entry for the port hides."""
    return rule(mode=mode, ports={80: None})


def obstacles(manifests: list[Manifest]) -> set[Obstacle]:
    """Of the client in namespace front: cart calls itself too."""
    snapshot = snapshot_of(manifests)
    return {
        one.obstacle
        for one in failures_of(traffic_in(snapshot))
        if "front" in {member.namespace for member in one.callers.classes}
    }


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param(mesh(STRICT), set(), id="nothing fails"),
        pytest.param(mesh(behind=[NAKED]), set(), id="plaintext to a pod without proxy is no failure"),
        pytest.param(
            mesh(STRICT, mesh_config("enableAutoMtls: false")), {Obstacle.AUTO_MTLS_OFF}, id="auto mTLS is off"
        ),
        pytest.param(
            mesh(policy(mode="DISABLE"), policy("cart", "STRICT", select={"app": "cart"})),
            {Obstacle.PARENT_DISABLED},
            id="STRICT below DISABLE",
        ),
        pytest.param(
            mesh(STRICT, behind=[server(), SECOND], **HEADLESS),
            {Obstacle.NAKED_NEIGHBOUR},
            id="headless, one endpoint without proxy",
        ),
        pytest.param(mesh(STRICT, behind=[UNMARKED]), {Obstacle.UNMARKED}, id="the label is missing"),
        pytest.param(
            mesh(STRICT, behind=[UNMARKED], **HEADLESS), {Obstacle.UNMARKED}, id="the label is missing, headless"
        ),
        pytest.param(
            mesh(behind=[server(proxy=None, labels={"security.istio.io/tlsMode": "istio"})]),
            {Obstacle.MARKED},
            id="the label without proxy",
        ),
        pytest.param(mesh(behind=[EXCLUDED]), {Obstacle.EXCLUDED_PORT}, id="the port is excluded"),
        pytest.param(
            mesh(policy("cart", "DISABLE", select={"app": "cart"}), **HEADLESS),
            {Obstacle.DISABLED_BEHIND_HEADLESS},
            id="headless, the workload is DISABLE",
        ),
        pytest.param(
            mesh(policy(mode="DISABLE"), WANTS_IDENTITY), {Obstacle.NO_IDENTITY}, id="DISABLE where identity is asked"
        ),
        pytest.param(
            mesh(policy("cart", "DISABLE", select={"app": "cart"}), WANTS_IDENTITY),
            {Obstacle.NO_IDENTITY},
            id="the workload is DISABLE where identity is asked",
        ),
        pytest.param(
            mesh(WANTS_IDENTITY, behind=[UNMARKED]), {Obstacle.UNMARKED}, id="no label where identity is asked"
        ),
        pytest.param(mesh(STRICT, IMPORTS_NOTHING), {Obstacle.NOT_KNOWN}, id="not imported"),
        pytest.param(
            mesh(
                networking(
                    "Sidecar",
                    "front",
                    "default",
                    egress=[{"hosts": ["./*"]}],
                    outboundTrafficPolicy={"mode": "REGISTRY_ONLY"},
                )
            ),
            {Obstacle.NOT_KNOWN},
            id="not imported, and blocked before any endpoint",
        ),
        pytest.param([UNCAPTURED, *mesh(STRICT)[1:]], {Obstacle.UNCAPTURED}, id="the client goes past its proxy"),
        pytest.param(mesh(STRICT, rule(mode="DISABLE")), set(), id="what a rule decides is another's: its block"),
        pytest.param(
            mesh(STRICT, rule(balancer="PASSTHROUGH"), behind=[server(), SECOND]),
            set(),
            id="what a rule decides is another's: its load balancer",
        ),
        pytest.param(mesh(STRICT, hidden("DISABLE")), set(), id="a block that a port entry hides is a rule's"),
        pytest.param(
            mesh(STRICT, hidden("DISABLE"), mesh_config("enableAutoMtls: false")),
            {Obstacle.AUTO_MTLS_OFF},
            id="but not where auto mTLS is off, so that it tells nobody anything",
        ),
        pytest.param(
            mesh(STRICT, hidden("ISTIO_MUTUAL"), behind=[UNMARKED]),
            {Obstacle.UNMARKED},
            id="nor where it says what auto mTLS would do",
        ),
        pytest.param(
            [CAPTURED, *mesh(STRICT)[1:]],
            {Obstacle.ZTUNNEL},
            id="ztunnel to a sidecar without HBONE",
        ),
    ],
)
def test_what_no_rule_decides_has_one_obstacle(manifests: list[Manifest], expected: set[Obstacle]) -> None:
    assert obstacles(manifests) == expected


def test_revisions_of_other_trust_domains_do_not_trust_each_other() -> None:
    canary = server(labels={"istio.io/rev": "canary"})
    more = [istiod("canary"), mesh_config(), mesh_config("trustDomain: other.example", revision="canary")]
    assert obstacles(mesh(*more, behind=[canary])) == {Obstacle.TRUST_DOMAINS}


def test_a_sidecar_without_hbone_does_not_reach_a_strict_ambient_pod() -> None:
    ambient = server(proxy=None, annotations={"ambient.istio.io/redirection": "enabled"})
    assert obstacles(mesh(STRICT, behind=[ambient])) == {Obstacle.TO_ZTUNNEL}
