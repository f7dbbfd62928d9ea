"""What decided a connection: the object, what it says, and what that means where the word does not tell."""

from typing import Any

import pytest

from kubectl_mtls.posture.cluster.auto_mtls import Gate
from kubectl_mtls.posture.connection.evidence import Decision, resolve_evidence
from kubectl_mtls.posture.connection.passed_over import Why, rules_naming
from tests.posture.clients import HOST, connect, connections, mesh, rule, server, workload
from tests.posture.meshes import NEW, manifest, policy, snapshot_of

NAKED = workload("cart-2", "shop", "10.0.0.2", labels={"app": "cart"}, proxy=None)
LABEL = "security.istio.io/tlsMode"
KEPT = "traffic.sidecar.istio.io/excludeInboundPorts"
DEFAULT = (None, "PERMISSIVE", "")


def evidence(*more: Any, **of_mesh: Any) -> list[Decision]:
    return resolve_evidence(connect(*mesh(*more, **of_mesh)), (), None)


def decisions(*more: Any, **of_mesh: Any) -> list[tuple[str | None, str, str]]:
    found = evidence(*more, **of_mesh)
    return [(str(one.object.ref) if one.object else None, one.value, one.why) for one in found]


@pytest.mark.parametrize(
    ("more", "of_mesh", "expected"),
    [
        pytest.param([], {}, [(None, Gate.OPEN, ""), DEFAULT], id="nothing said"),
        pytest.param([rule(mode="DISABLE")], {}, [("destinationrule/cart", "DISABLE", ""), DEFAULT], id="a rule"),
        pytest.param(
            [policy(mode="DISABLE")],
            {},
            [
                ("peerauthentication/default", "DISABLE", Gate.NAMESPACE_DISABLED),
                ("peerauthentication/default", "DISABLE", ""),
            ],
            id="the namespace's policy closes the gate",
        ),
        pytest.param(
            [policy(mode="STRICT")],
            {},
            [("peerauthentication/default", "STRICT", Gate.OPEN), ("peerauthentication/default", "STRICT", "")],
            id="the namespace's policy leaves it open",
        ),
        pytest.param(
            [],
            {"behind": [server(labels={LABEL: "disabled"})]},
            [
                (None, Gate.OPEN, ""),
                ("pod/cart", f"{LABEL} disabled", "clients take it for one without proxy"),
                DEFAULT,
            ],
            id="a sidecar whose label says no",
        ),
        pytest.param([], {"behind": [server(proxy=None)]}, [(None, Gate.OPEN, "")], id="no proxy needs no label"),
        pytest.param(
            [],
            {"behind": [server(), NAKED], "clusterIP": "None"},
            [("pod/cart-2", f"{LABEL} absent", Gate.NAKED_ENDPOINT), DEFAULT],
            id="headless, one without proxy",
        ),
        pytest.param(
            [],
            {"behind": [server(annotations={KEPT: "8080"})]},
            [(None, Gate.OPEN, ""), ("pod/cart", f"{KEPT} 8080", "keeps this port from the proxy")],
            id="a port kept from the proxy",
        ),
        pytest.param(
            [
                rule(mode="DISABLE"),
                manifest(
                    "security.istio.io/v1", "AuthorizationPolicy", "shop", "ids",
                    spec={"rules": [{"from": [{"source": {"principals": ["*"]}}]}]},
                ),
            ],
            {},
            [("destinationrule/cart", "DISABLE", ""), ("authorizationpolicy/ids", "ALLOW", ""), DEFAULT],
            id="an identity is demanded",
        ),
    ],
)  # fmt: skip
def test_all_that_decided_is_named_from_client_to_server(
    more: list[Any], of_mesh: dict[str, Any], expected: list[tuple[str | None, str, str]]
) -> None:
    assert decisions(*more, **of_mesh) == expected


@pytest.mark.parametrize(
    ("winner", "loser", "why"),
    [
        pytest.param({}, {"namespace": "shop"}, Why.CLIENT_FIRST, id="the client's namespace"),
        pytest.param({"namespace": "shop"}, {"namespace": "istio-system"}, Why.SERVICE_FIRST, id="the service's"),
        pytest.param({}, {"namespace": "bank"}, Why.ELSEWHERE, id="a namespace that is not looked at"),
        pytest.param({}, {"host": "*.local"}, Why.LESS_SPECIFIC, id="a pattern"),
        pytest.param({}, {"select": {"app": "x"}}, Why.OTHER_WORKLOADS, id="other workloads"),
        pytest.param({"select": {"app": "web"}}, {"created": NEW}, Why.SELECTOR_FIRST, id="a selector first"),
        pytest.param({}, {"created": NEW}, Why.YOUNGER, id="the younger of two"),
        pytest.param({}, {"namespace": "shop", "export_to": ["."]}, Why.NOT_EXPORTED, id="a private one"),
        pytest.param({}, {"export_to": ["bank"]}, Why.NOT_EXPORTED, id="one that is for others only"),
        pytest.param({"created": NEW}, {"export_to": ["*"]}, Why.NOT_LAST, id="another exportTo, and not the last"),
        pytest.param(
            {"created": NEW, "host": "*"}, {"export_to": ["*"], "host": "*"}, Why.NOT_LAST, id="so of two patterns"
        ),
    ],
)
def test_why_a_rule_lost(winner: dict[str, Any], loser: dict[str, Any], why: Why) -> None:
    snapshot = snapshot_of(mesh(rule("winner", mode="DISABLE", **winner), rule("loser", mode="SIMPLE", **loser)))
    found = connections(snapshot)[None]
    (client, *_) = resolve_evidence(found, rules_naming(snapshot.destination_rules, HOST), None)
    assert client.object is not None
    assert client.object.name == "winner"
    assert [(one.object.name, one.value, one.why) for one in client.overruled] == [("loser", "SIMPLE", why)]


def test_a_rule_that_is_merged_into_one_for_other_workloads_says_so() -> None:
    others = rule("others", mode="SIMPLE", select={"app": "x"})
    gone = rule("gone", mode="DISABLE", export_to=["."], created=NEW)
    snapshot = snapshot_of(mesh(others, gone))
    client, *_ = resolve_evidence(connections(snapshot)[None], rules_naming(snapshot.destination_rules, HOST), None)
    assert [(one.object.name, one.why) for one in client.overruled] == [
        ("others", Why.OTHER_WORKLOADS),
        ("gone", Why.SWALLOWED),
    ]
