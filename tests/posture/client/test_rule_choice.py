"""Which DestinationRule a client uses: sections 2.1 (index and merging) and 2.2 (look-up), row by row."""

from collections.abc import Sequence

import pytest

from kubectl_mtls.model.reading import Manifest
from tests.posture.clients import HOST, client, connect, mesh, networking, rule, rules_of
from tests.posture.meshes import NEW, istiod, mesh_config

ROOT = "istio-system"


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [
        pytest.param([], [], id="no rule"),
        pytest.param([rule()], ["front/cart"], id="a rule of the client's namespace"),
        pytest.param([rule(namespace="shop")], ["shop/cart"], id="a rule of the service's namespace"),
        pytest.param([rule(namespace=ROOT)], [f"{ROOT}/cart"], id="a rule of the root namespace"),
        pytest.param([rule(namespace="bank")], [], id="a rule of a namespace that is not looked at"),
        pytest.param(
            [rule(), rule(namespace="shop"), rule(namespace=ROOT)], ["front/cart"], id="the client's namespace first"
        ),
        pytest.param(
            [rule(namespace="shop"), rule(namespace=ROOT)], ["shop/cart"], id="the service's before the root's"
        ),
        pytest.param(
            [rule(host="*.local"), rule(namespace="shop")], ["front/cart"], id="a pattern of the client's first"
        ),
        pytest.param([rule(host="cart", namespace="shop")], ["shop/cart"], id="a short name is of its own namespace"),
        pytest.param([rule(host="cart")], [], id="a short name in another namespace is another host"),
        pytest.param([rule(host="cart.shop")], [], id="a name with a dot is literal"),
        pytest.param([rule(host="10.96.0.1")], [], id="an address is taken literally"),
        pytest.param([rule("all", "*"), rule("one")], ["front/one"], id="the exact name before patterns"),
        pytest.param(
            [rule("short", "*.local"), rule("long", "*.shop.svc.cluster.local")],
            ["front/long"],
            id="the longest pattern",
        ),
        pytest.param([rule(namespace="shop", export_to=["."])], [], id="a private rule stays at home"),
        pytest.param([rule(namespace="shop", export_to=["shop"])], [], id="exported to its own namespace only"),
        pytest.param([rule(namespace="shop", export_to=["front"])], ["shop/cart"], id="exported to the client"),
        pytest.param([rule(namespace="shop", export_to=["bank"])], [], id="exported to somebody else"),
        pytest.param([rule(export_to=["bank"])], [], id="a rule that does not export to its own namespace"),
        pytest.param([rule(export_to=["front"])], ["front/cart"], id="exported to its own namespace by name"),
        pytest.param(
            [rule(select={"app": "web"}, export_to=["bank"])], ["front/cart"], id="with a selector it is private anyhow"
        ),
        pytest.param(
            [rule("one", namespace="shop", export_to=["bank"]), rule("all", "*.local", namespace="shop")],
            [],
            id="a more specific rule for others hides the pattern",
        ),
        pytest.param(
            [rule("one", namespace="shop", export_to=["bank"]), rule(namespace=ROOT)],
            [f"{ROOT}/cart"],
            id="what is hidden in the service's namespace leaves the root's",
        ),
        pytest.param([rule(select={"app": "web"})], ["front/cart"], id="a selector that matches"),
        pytest.param([rule(select={})], ["front/cart"], id="an empty selector matches everybody"),
        pytest.param(
            [rule(select={"app": "other"}), rule(namespace="shop")],
            [],
            id="a selector of others hides all further rules",
        ),
        pytest.param([rule(namespace="shop", select={"app": "web"})], [], id="selectors hold in their namespace only"),
        pytest.param(
            [rule("plain"), rule("chosen", select={"app": "web"}, created=NEW)], ["front/chosen"], id="selectors first"
        ),
    ],
)
def test_the_rule_of_a_client(rules: Sequence[Manifest], chosen: list[str]) -> None:
    assert rules_of(connect(*mesh(*rules))) == chosen


@pytest.mark.parametrize(
    ("rules", "merged", "wire"),
    [
        pytest.param(
            [rule("a", mode="DISABLE"), rule("b", mode="ISTIO_MUTUAL", created=NEW)],
            ["front/a", "front/b"],
            "PLAINTEXT",
            id="the older policy wins whole",
        ),
        pytest.param(
            [rule("a", mode="DISABLE", created=NEW), rule("b", mode="SIMPLE")],
            ["front/b", "front/a"],
            "SIMPLE",
            id="age before name",
        ),
        pytest.param(
            [rule("b", mode="DISABLE"), rule("a", mode="SIMPLE")],
            ["front/a", "front/b"],
            "SIMPLE",
            id="of equal age the name decides",
        ),
        pytest.param(
            [rule("a"), rule("b", mode="DISABLE", created=NEW)],
            ["front/a", "front/b"],
            "PLAINTEXT",
            id="a rule without policy takes the younger one's",
        ),
        pytest.param(
            [rule("a", balancer="RANDOM"), rule("b", mode="DISABLE", created=NEW)],
            ["front/a", "front/b"],
            "ISTIO_MUTUAL",
            id="never field by field",
        ),
        pytest.param(
            [rule("a", mode="DISABLE", export_to=["*"]), rule("b", mode="SIMPLE", created=NEW)],
            ["front/b"],
            "SIMPLE",
            id="another exportTo is not merged, and the last one counts",
        ),
        pytest.param(
            [
                rule("a", mode="SIMPLE", select={"app": "other"}),
                rule("b", mode="DISABLE", export_to=["."], created=NEW),
            ],
            [],
            "ISTIO_MUTUAL",
            id="merged into a rule with selector and gone for the rest",
        ),
        pytest.param(
            [
                rule("a", mode="SIMPLE", select={"app": "other"}),
                rule("b", mode="DISABLE", export_to=[".", "bank"], created=NEW),
            ],
            ["front/b"],
            "PLAINTEXT",
            id="exported further it is merged and stays as well",
        ),
        pytest.param(
            [
                rule("a", mode="SIMPLE", select={"app": "other"}),
                rule("b", mode="DISABLE", created=NEW),
            ],
            ["front/b"],
            "PLAINTEXT",
            id="without exportTo it is not merged into one with selector",
        ),
        pytest.param(
            [
                rule("a", mode="SIMPLE", select={"app": "other"}),
                rule("b", mode="DISABLE", select={"app": "web"}, created=NEW),
            ],
            ["front/b"],
            "PLAINTEXT",
            id="selectors that differ stay apart",
        ),
        pytest.param(
            [
                rule("a", select={"app": "web"}),
                rule("b", mode="DISABLE", select={"app": "web"}, created=NEW),
            ],
            ["front/a", "front/b"],
            "PLAINTEXT",
            id="equal selectors are merged",
        ),
        pytest.param(
            [
                rule("a", namespace="shop", mode="SIMPLE", export_to=["bank"]),
                rule("b", namespace="shop", mode="DISABLE", export_to=["bank", "front"], created=NEW),
            ],
            [],
            "ISTIO_MUTUAL",
            id="merged into one that is exported to fewer, and unseen by the rest",
        ),
        pytest.param(
            [rule("a", namespace="shop", mode="SIMPLE"), rule("b", mode="DISABLE", created=NEW)],
            ["front/b"],
            "PLAINTEXT",
            id="never across namespaces",
        ),
    ],
)
def test_rules_for_one_host_are_merged(rules: Sequence[Manifest], merged: list[str], wire: str) -> None:
    found = connect(*mesh(*rules))
    assert (rules_of(found), found.wire) == (merged, wire)


def test_subsets_of_merged_rules_are_united_and_the_first_of_a_name_counts() -> None:
    one = rule("a", subsets=[{"name": "v1", "labels": {"app": "cart"}, "trafficPolicy": {"tls": {"mode": "DISABLE"}}}])
    other = rule("b", created=NEW, subsets=[{"name": "v1", "labels": {}}, {"name": "v2", "labels": {"app": "cart"}}])
    assert connect(*mesh(one, other), subset="v1").wire == "PLAINTEXT"
    assert connect(*mesh(one, other), subset="v2").wire == "ISTIO_MUTUAL"


def test_the_mesh_may_keep_rules_private_that_do_not_say_so() -> None:
    private = mesh_config('defaultDestinationRuleExportTo: ["."]')
    assert rules_of(connect(*mesh(rule(namespace="shop"), private))) == []
    assert rules_of(connect(*mesh(rule(namespace="shop", export_to=["*"]), private))) == ["shop/cart"]


def test_for_clients_of_the_root_namespace_only_private_rules_come_first() -> None:
    here = mesh_config("rootNamespace: front")
    assert rules_of(connect(*mesh(rule(), rule(namespace="shop"), here))) == ["shop/cart"]
    assert rules_of(connect(*mesh(rule(export_to=["."]), rule(namespace="shop"), here))) == ["front/cart"]
    assert rules_of(connect(*mesh(rule(), here))) == ["front/cart"]


def test_a_rule_for_everything_in_the_root_namespace_holds_where_nothing_else_does() -> None:
    found = connect(*mesh(rule("default", "*", namespace=ROOT, mode="DISABLE")))
    assert (rules_of(found), found.wire) == ([f"{ROOT}/default"], "PLAINTEXT")
    assert HOST.endswith("cluster.local")


def test_without_the_enhanced_merge_rules_for_one_host_are_merged_whatever_they_export_to() -> None:
    rules = [rule("a", mode="DISABLE", export_to=["*"]), rule("b", mode="SIMPLE", created=NEW)]
    plain = istiod(env={"ENABLE_ENHANCED_DESTINATIONRULE_MERGE": "false"})
    assert rules_of(connect(*mesh(*rules, plain))) == ["front/a", "front/b"]
    assert rules_of(connect(*mesh(*rules))) == ["front/b"]


def test_a_host_that_is_a_pattern_itself_is_met_by_the_equal_pattern_first() -> None:
    ports = [{"number": 443, "name": "tls", "protocol": "TLS"}]
    spec = {"hosts": ["*.example"], "location": "MESH_EXTERNAL", "resolution": "NONE", "ports": ports}
    entry = networking("ServiceEntry", "front", "all", **spec)
    rules = [rule("wide", "*", mode="DISABLE"), rule("equal", "*.example", mode="SIMPLE")]
    assert rules_of(connect(client(), entry, *rules, host="*.example", port=443)) == ["front/equal"]


def test_a_gateway_looks_in_its_own_namespace_first() -> None:
    gateway = client(proxy=("proxy", "router"))
    rules = [rule(), rule(namespace="shop")]
    assert rules_of(connect(gateway, *mesh(*rules)[1:])) == ["front/cart"]
