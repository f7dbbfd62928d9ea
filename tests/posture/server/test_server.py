"""What a sidecar accepts: every row of Istio's rules for PeerAuthentication that the program decides itself."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.model.envoy_filter import EnvoyFilter
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import CONFIG_MAP, PEER_AUTHENTICATION
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.server.accepts import Doubt, Effective, GatewayProxy, NoProxy, Unknown, WaypointProxy
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import mode_word
from tests.posture.meshes import (
    NEW,
    OLD,
    ROOT,
    accepts,
    decider,
    envoy_filter,
    forbidden,
    istiod,
    losers,
    mesh_config,
    mode,
    pod,
    policy,
    snapshot_of,
    tag,
)

CART = {"app": "cart"}


def mesh_wide(mode: str | None, name: str = "default", **rest: Any) -> Manifest:
    return policy(name, mode, namespace=ROOT, **rest)


def of_namespace(mode: str | None, name: str = "default", **rest: Any) -> Manifest:
    return policy(name, mode, **rest)


def of_workload(mode: str | None, name: str = "cart", **rest: Any) -> Manifest:
    return policy(name, mode, **{"select": CART, **rest})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param({}, "PERMISSIVE", id="no spec means UNSET"),
        pytest.param({"spec": {}}, "PERMISSIVE", id="no mtls means UNSET"),
        pytest.param({"spec": {"mtls": {}}}, "PERMISSIVE", id="empty mtls means UNSET"),
        pytest.param({"spec": {"mtls": None}}, "PERMISSIVE", id="null mtls means UNSET"),
        pytest.param({"spec": {"mtls": {"mode": None}}}, "PERMISSIVE", id="null mode means UNSET"),
        pytest.param({"spec": {"mtls": {"mode": "UNSET"}}}, "PERMISSIVE", id="UNSET"),
        pytest.param({"spec": {"mtls": {"mode": "STRICT"}}}, "STRICT", id="STRICT"),
        pytest.param({"spec": {"mtls": {"mode": "PERMISSIVE"}}}, "PERMISSIVE", id="PERMISSIVE"),
        pytest.param({"spec": {"mtls": {"mode": "DISABLE"}}}, "DISABLE", id="DISABLE"),
        pytest.param({"spec": {"mtls": {"mode": 3}}}, "STRICT", id="3 is STRICT"),
        pytest.param({"spec": {"mtls": {"mode": 1}}}, "DISABLE", id="1 is DISABLE"),
        pytest.param(
            {"spec": {"targetRefs": [{"name": "x"}], "mtls": {"mode": "STRICT"}}}, "STRICT", id="no targetRefs"
        ),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_policys_mode_is_read_as_istiod_reads_it(written: Manifest, expected: str, version: str) -> None:
    named = {"apiVersion": f"security.istio.io/{version}", "kind": "PeerAuthentication"}
    assert mode({**named, "metadata": {"name": "a", "namespace": "shop"}, **written}) == expected


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([], "PERMISSIVE", id="no policy is PERMISSIVE"),
        pytest.param([mesh_wide("STRICT")], "STRICT", id="root namespace without selector is the mesh"),
        pytest.param([mesh_wide("STRICT", select={})], "STRICT", id="root namespace with empty selector is the mesh"),
        pytest.param([mesh_wide("STRICT", "any-name")], "STRICT", id="the name of the mesh policy is free"),
        pytest.param([mesh_wide("STRICT", select=CART)], "PERMISSIVE", id="selector in the root namespace is ignored"),
        pytest.param([of_namespace("STRICT")], "STRICT", id="other namespace without selector is the namespace"),
        pytest.param([of_namespace("STRICT", select={})], "STRICT", id="empty selector is the namespace"),
        pytest.param([of_workload("STRICT")], "STRICT", id="selector is the workload"),
        pytest.param([of_workload("STRICT", select={"app": "web"})], "PERMISSIVE", id="selector of another workload"),
        pytest.param([policy("a", "STRICT", namespace="other")], "PERMISSIVE", id="another namespace has no say"),
        pytest.param([of_workload("STRICT", namespace="other")], "PERMISSIVE", id="selector of another namespace"),
        pytest.param([of_workload("STRICT", select={**CART, "v": "1"})], "PERMISSIVE", id="every label is needed"),
    ],
)
def test_the_level_of_a_policy(policies: list[Manifest], expected: str) -> None:
    assert mode(*policies) == expected


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param(
            [of_namespace("STRICT", "z", created=OLD), of_namespace("DISABLE", "a", created=NEW)],
            "STRICT",
            id="the older of two namespace policies",
        ),
        pytest.param(
            [of_namespace("STRICT", "a", created=OLD), of_namespace("DISABLE", "b", created=OLD)],
            "STRICT",
            id="at equal age the smaller name",
        ),
        pytest.param(
            [of_namespace(None, "a", created=OLD), of_namespace("STRICT", "b", created=NEW)],
            "PERMISSIVE",
            id="an older UNSET one hides the younger STRICT one",
        ),
        pytest.param(
            [of_namespace("STRICT", "a", created=OLD), of_namespace("DISABLE", "b", select={}, created=NEW)],
            "STRICT",
            id="an empty selector competes with no selector",
        ),
        pytest.param(
            [mesh_wide("DISABLE", "z", created=OLD), mesh_wide("STRICT", "a", created=NEW)],
            "DISABLE",
            id="the older of two mesh policies",
        ),
        pytest.param(
            [of_workload("DISABLE", "z", created=OLD), of_workload("STRICT", "a", created=NEW)],
            "DISABLE",
            id="the older of two workload policies",
        ),
        pytest.param(
            [of_workload("DISABLE", "b", created=OLD), of_workload("STRICT", "a", created=OLD)],
            "STRICT",
            id="of workload policies of equal age the smaller name",
        ),
        pytest.param(
            [of_workload(None, "a", created=OLD), of_workload("STRICT", "b", ports={8080: "STRICT"}, created=NEW)],
            "PERMISSIVE",
            id="the younger workload policy does not even give its ports",
        ),
        pytest.param(
            [
                of_workload("STRICT", "a", select={"app": "web"}, created=OLD),
                of_workload("DISABLE", "b", created=NEW),
            ],
            "DISABLE",
            id="an older policy of other workloads does not compete",
        ),
        pytest.param(
            [
                of_workload("DISABLE", "wide", created=OLD),
                of_workload("STRICT", "a", select={**CART, "v": "1"}, created=NEW),
            ],
            "DISABLE",
            id="more labels do not make a policy stronger",
        ),
        pytest.param(
            [
                of_namespace("STRICT", "a", created="2026-01-01T00:00:00+02:00"),
                of_namespace("DISABLE", "b", created=OLD),
            ],
            "STRICT",
            id="age is a moment, not a text",
        ),
    ],
)
def test_of_several_policies_of_one_level(policies: list[Manifest], expected: str) -> None:
    assert mode(*policies, of=pod(labels={"v": "1"})) == expected


@pytest.mark.parametrize(
    ("policies", "port", "expected"),
    [
        pytest.param([mesh_wide("STRICT"), of_namespace("DISABLE")], 8080, "DISABLE", id="namespace over mesh"),
        pytest.param([of_namespace("STRICT"), of_workload("DISABLE")], 8080, "DISABLE", id="workload over namespace"),
        pytest.param([mesh_wide("STRICT"), of_workload("DISABLE")], 8080, "DISABLE", id="workload over mesh"),
        pytest.param([mesh_wide("STRICT"), of_namespace(None)], 8080, "STRICT", id="UNSET namespace inherits the mesh"),
        pytest.param([of_namespace("STRICT"), of_workload(None)], 8080, "STRICT", id="UNSET workload inherits"),
        pytest.param(
            [mesh_wide("STRICT"), of_namespace("UNSET"), of_workload("UNSET")],
            8080,
            "STRICT",
            id="UNSET all the way up",
        ),
        pytest.param([mesh_wide(None)], 8080, "PERMISSIVE", id="UNSET mesh is PERMISSIVE"),
        pytest.param(
            [of_workload("STRICT", ports={8080: "DISABLE"})], 8080, "DISABLE", id="the port's mode over the workload's"
        ),
        pytest.param(
            [of_workload("STRICT", ports={9090: "DISABLE"})], 8080, "STRICT", id="other ports keep the workload's mode"
        ),
        pytest.param(
            [of_namespace("STRICT"), of_workload(None, ports={8080: "DISABLE"})],
            9090,
            "STRICT",
            id="other ports of an UNSET workload inherit",
        ),
        pytest.param(
            [of_namespace("STRICT"), of_workload("DISABLE", ports={8080: "UNSET"})],
            8080,
            "DISABLE",
            id="an UNSET port has the workload's mode",
        ),
        pytest.param(
            [of_namespace("STRICT"), of_workload(None, ports={8080: None})], 8080, "STRICT", id="an empty port inherits"
        ),
        pytest.param(
            [of_namespace("STRICT", ports={8080: "DISABLE"})],
            8080,
            "STRICT",
            id="ports of a namespace policy are not read",
        ),
        pytest.param(
            [of_namespace("STRICT", select={}, ports={8080: "DISABLE"})],
            8080,
            "STRICT",
            id="ports of a policy with empty selector are not read",
        ),
        pytest.param(
            [mesh_wide("STRICT", ports={8080: "DISABLE"})], 8080, "STRICT", id="ports of the mesh policy are not read"
        ),
        pytest.param(
            [of_workload("STRICT", ports={7777: "DISABLE"})], 7777, "DISABLE", id="a port that nobody declares"
        ),
        pytest.param([of_workload("STRICT", ports={7777: "DISABLE"})], 0, "STRICT", id="every other port"),
        pytest.param([of_workload("STRICT", ports={80: "DISABLE"})], 8080, "STRICT", id="the key is no Service port"),
    ],
)
def test_modes_are_merged(policies: list[Manifest], port: int, expected: str) -> None:
    assert mode(*policies, port=port) == expected


def test_selectors_look_at_the_labels_of_pods_only() -> None:
    by_version = of_workload("STRICT", select={"version": "v2"})
    assert mode(by_version, of=pod(labels={"version": "v2"})) == "STRICT"
    assert mode(by_version, of=pod(labels={"version": "v1"})) == "PERMISSIVE"
    assert mode(by_version, of=pod()) == "PERMISSIVE"


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([mesh_wide("STRICT")], "STRICT", id="the mesh level applies"),
        pytest.param(
            [mesh_wide("STRICT"), mesh_wide("DISABLE", "cart", select=CART)], "STRICT", id="no workload level"
        ),
        pytest.param([mesh_wide("DISABLE", "cart", select=CART)], "PERMISSIVE", id="no workload level alone"),
        pytest.param(
            [mesh_wide("STRICT", "cart", select=CART, ports={8080: "DISABLE"})], "PERMISSIVE", id="no port level"
        ),
        pytest.param([of_namespace("DISABLE")], "PERMISSIVE", id="other namespaces have no say"),
    ],
)
def test_workloads_of_the_root_namespace(policies: list[Manifest], expected: str) -> None:
    assert mode(*policies, of=pod(namespace=ROOT)) == expected


@pytest.mark.parametrize(
    ("mesh", "where", "expected"),
    [
        pytest.param("rootNamespace: config", "config", "STRICT", id="a written root namespace"),
        pytest.param("rootNamespace: config", ROOT, "PERMISSIVE", id="istio-system is no root then"),
        pytest.param("{}", ROOT, "STRICT", id="no word means istio-system"),
        pytest.param("rootNamespace: ''", ROOT, "STRICT", id="an empty word means istio-system"),
    ],
)
def test_the_root_namespace_is_what_mesh_config_says(mesh: str, where: str, expected: str) -> None:
    assert mode(mesh_config(mesh), policy("default", "STRICT", namespace=where)) == expected


def test_without_the_word_the_root_is_istio_system_even_when_istiod_lives_elsewhere() -> None:
    assert mode(mesh_config("{}", namespace="mesh"), mesh_wide("STRICT")) == "STRICT"
    assert mode(mesh_config("{}", namespace="mesh"), policy("default", "STRICT", namespace="mesh")) == "PERMISSIVE"


def test_a_selector_counts_in_istio_system_when_that_is_not_the_root() -> None:
    elsewhere = [mesh_config("rootNamespace: config"), mesh_wide("DISABLE", "cart", select=CART)]
    assert mode(*elsewhere, of=pod(namespace=ROOT)) == "DISABLE"


CANARY = [
    mesh_config("rootNamespace: istio-system"),
    mesh_config("rootNamespace: config", revision="1-31"),
    policy("default", "STRICT", namespace="config"),
    tag("prod", "1-31"),
]


@pytest.mark.parametrize(
    ("annotations", "labels", "expected"),
    [
        pytest.param({}, {}, "PERMISSIVE", id="no word is the default revision"),
        pytest.param({"sidecar.istio.io/status": '{"revision":"1-31"}'}, {}, "STRICT", id="what the injector noted"),
        pytest.param({"sidecar.istio.io/status": '{"revision":"default"}'}, {}, "PERMISSIVE", id="noted as default"),
        pytest.param({"istio.io/rev": "1-31"}, {}, "STRICT", id="annotation"),
        pytest.param({}, {"istio.io/rev": "1-31"}, "STRICT", id="label"),
        pytest.param({}, {"istio.io/rev": "prod"}, "STRICT", id="label with a tag"),
        pytest.param(
            {"sidecar.istio.io/status": '{"revision":"default"}'},
            {"istio.io/rev": "1-31"},
            "PERMISSIVE",
            id="what the injector noted beats the label",
        ),
        pytest.param({"sidecar.istio.io/status": "no json"}, {}, "PERMISSIVE", id="an unreadable note says nothing"),
        pytest.param({"sidecar.istio.io/status": "[1]"}, {}, "PERMISSIVE", id="a note of another shape says nothing"),
        pytest.param({"istio.io/rev": "unknown"}, {}, "PERMISSIVE", id="an unknown revision is taken for the default"),
    ],
)
def test_the_revision_of_a_pod_chooses_its_mesh_config(
    annotations: dict[str, str], labels: dict[str, str], expected: str
) -> None:
    assert mode(*CANARY, of=pod(annotations=annotations, labels=labels)) == expected


def test_a_pod_without_revision_belongs_to_the_default_tags_control_plane() -> None:
    tagged = [
        mesh_config("rootNamespace: old", revision="1-30"),
        mesh_config("rootNamespace: config", revision="1-31"),
        policy("default", "STRICT", namespace="config"),
        tag("default", "1-31"),
    ]
    assert mode(*tagged) == "STRICT"


def test_a_revision_that_runs_is_meant_before_a_tag_of_its_name() -> None:
    both = [*CANARY, istiod(), istiod("1-31"), tag("default", "1-31")]
    assert mode(*both, of=pod(annotations={"sidecar.istio.io/status": '{"revision":"default"}'})) == "PERMISSIVE"
    assert mode(*both) == "STRICT"


@pytest.mark.parametrize(
    ("annotations", "port", "expected"),
    [
        pytest.param({}, 15020, "NONE", id="15020 is never captured"),
        pytest.param({}, 15021, "NONE", id="15021 is never captured"),
        pytest.param({}, 15090, "NONE", id="15090 is never captured"),
        pytest.param({"excludeInboundPorts": "8080"}, 8080, "NONE", id="excluded"),
        pytest.param({"excludeInboundPorts": " 9090 , 8080"}, 8080, "NONE", id="excluded among others, with blanks"),
        pytest.param({"excludeInboundPorts": "9090"}, 8080, "STRICT", id="another one excluded"),
        pytest.param({"excludeInboundPorts": ""}, 8080, "STRICT", id="none excluded"),
        pytest.param({"excludeInboundPorts": "http,8e3,-1,٨٠٨٠"}, 8080, "STRICT", id="what is no port number"),
        pytest.param({"excludeInboundPorts": "9" * 5000}, 8080, "STRICT", id="a number of many digits"),
        pytest.param({"includeInboundPorts": "*"}, 8080, "STRICT", id="all included"),
        pytest.param({"includeInboundPorts": " * "}, 8080, "STRICT", id="all included, with blanks"),
        pytest.param({"includeInboundPorts": "8080,9090"}, 8080, "STRICT", id="included"),
        pytest.param({"includeInboundPorts": "9090"}, 8080, "NONE", id="not included"),
        pytest.param({"includeInboundPorts": ""}, 8080, "NONE", id="none included"),
        pytest.param({"includeInboundPorts": "8080", "excludeInboundPorts": "8080"}, 8080, "NONE", id="both"),
        pytest.param({"excludeOutboundPorts": "8080"}, 8080, "STRICT", id="outbound is another matter"),
    ],
)
def test_ports_that_are_kept_from_the_sidecar_have_no_proxy(
    annotations: dict[str, str], port: int, expected: str
) -> None:
    written = {f"traffic.sidecar.istio.io/{key}": value for key, value in annotations.items()}
    assert mode(of_namespace("STRICT"), of=pod(annotations=written), port=port) == expected


@pytest.mark.parametrize(("value", "expected"), [("NONE", "NONE"), ("REDIRECT", "STRICT"), ("TPROXY", "STRICT")])
def test_interception_mode_none_captures_nothing(value: str, expected: str) -> None:
    annotated = pod(annotations={"sidecar.istio.io/interceptionMode": value})
    assert mode(of_namespace("STRICT"), of=annotated) == expected


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("traffic.sidecar.istio.io/excludeInboundPorts", "8080"),
        ("traffic.sidecar.istio.io/includeInboundPorts", "1"),
        ("sidecar.istio.io/interceptionMode", "NONE"),
    ],
)
def test_the_annotation_that_keeps_a_port_is_named(annotation: str, value: str) -> None:
    assert accepts([pod(annotations={annotation: value})]) == NoProxy(annotation)


@pytest.mark.parametrize(
    ("of", "answer"),
    [
        pytest.param(pod(proxy=None), NoProxy(), id="no proxy"),
        pytest.param(pod(proxy=("proxy", "router")), GatewayProxy(), id="gateway: policies have no effect"),
        pytest.param(pod(proxy=("proxy", "waypoint")), WaypointProxy(), id="waypoint: HBONE alone"),
        pytest.param(
            pod(annotations={"inject.istio.io/templates": "grpc-agent"}), Unknown(Doubt.PROXYLESS), id="proxyless gRPC"
        ),
    ],
)
def test_where_no_sidecar_stands_no_policy_decides(of: Manifest, answer: object) -> None:
    assert accepts([of, mesh_wide("STRICT"), of_workload("DISABLE")]) == answer


@pytest.mark.parametrize("word", ["ISTIO_MUTUAL", "BLAH", "strict", "MUTUAL", 4, -1, True])
def test_a_mode_that_istio_does_not_know_makes_the_policy_absent(word: Any) -> None:
    broken = {**of_namespace("STRICT"), "spec": {"mtls": {"mode": word}}}
    assert mode(mesh_wide("DISABLE"), broken) == "DISABLE"
    (reject,) = snapshot_of([broken]).rejects
    assert (reject.metadata.name, reject.field, reject.value) == ("default", "spec.mtls.mode", str(word))
    assert reject.legal == ("UNSET", "DISABLE", "PERMISSIVE", "STRICT")


@pytest.mark.parametrize("port", ["http", "-1", "8080.0", "٨٠٨٠", "4294967296", "9" * 5000])
def test_a_port_key_that_is_no_number_makes_the_policy_absent(port: str) -> None:
    broken = of_workload("STRICT")
    broken["spec"]["portLevelMtls"] = {port: {"mode": "DISABLE"}}
    assert mode(broken) == "PERMISSIVE"
    (reject,) = snapshot_of([broken]).rejects
    assert reject.field == f"spec.portLevelMtls.{port}"


def test_a_mode_of_a_port_that_istio_does_not_know_makes_the_policy_absent() -> None:
    (reject,) = snapshot_of([of_workload("STRICT", ports={8080: "ON"})]).rejects
    assert (reject.field, reject.value) == ("spec.portLevelMtls.8080.mode", "ON")


@pytest.mark.parametrize("port", [0, 65536, 4294967295])
def test_a_port_out_of_range_harms_no_other_port(port: int) -> None:
    assert mode(of_workload("STRICT", ports={port: "DISABLE"})) == "STRICT"


# Evidence


def test_the_deciding_policy_and_field_are_named() -> None:
    policies = [pod(), mesh_wide("STRICT"), of_workload(None, ports={9090: "DISABLE"})]
    assert decider(accepts(policies)) == f"{ROOT}/default spec.mtls.mode"
    assert decider(accepts(policies, port=9090)) == "shop/cart spec.portLevelMtls.9090.mode"
    assert decider(accepts([pod()])) == ""


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([], [], id="no policy, no loser"),
        pytest.param([of_namespace("STRICT")], [], id="one policy, no loser"),
        pytest.param(
            [of_namespace("STRICT"), of_namespace("DISABLE", "later", created=NEW)],
            [("shop/later", "spec.mtls.mode", "YOUNGER")],
            id="the younger",
        ),
        pytest.param(
            [mesh_wide("STRICT", select=CART)],
            [(f"{ROOT}/default", "spec.mtls.mode", "ROOT_SELECTOR")],
            id="a selector in the root namespace",
        ),
        pytest.param(
            [mesh_wide("STRICT", select={"app": "web"})], [], id="a selector in the root that fits others only"
        ),
        pytest.param(
            [mesh_wide("STRICT"), of_namespace(None)], [("shop/default", "spec.mtls.mode", "UNSET")], id="UNSET"
        ),
        pytest.param(
            [mesh_wide("STRICT"), of_namespace("DISABLE")],
            [(f"{ROOT}/default", "spec.mtls.mode", "MORE_SPECIFIC")],
            id="a more specific policy decides",
        ),
        pytest.param(
            [of_namespace("STRICT", ports={8080: "DISABLE"})],
            [("shop/default", "spec.portLevelMtls.8080.mode", "PORTS_WITHOUT_SELECTOR")],
            id="port modes without selector",
        ),
        pytest.param(
            [of_workload("STRICT", ports={8080: "DISABLE"})],
            [("shop/cart", "spec.mtls.mode", "PORT_MODE")],
            id="the port has a mode of its own",
        ),
        pytest.param(
            [of_namespace("STRICT"), of_workload(None, ports={8080: "DISABLE"})],
            [("shop/cart", "spec.mtls.mode", "UNSET"), ("shop/default", "spec.mtls.mode", "MORE_SPECIFIC")],
            id="the port of an UNSET workload",
        ),
        pytest.param(
            [of_workload("STRICT", ports={8080: None})],
            [("shop/cart", "spec.portLevelMtls.8080.mode", "UNSET")],
            id="an UNSET port",
        ),
        pytest.param(
            [of_workload("STRICT"), of_workload("DISABLE", "late", ports={8080: "DISABLE"}, created=NEW)],
            [("shop/late", "spec.mtls.mode", "YOUNGER")],
            id="the younger workload policy",
        ),
        pytest.param([policy("a", "STRICT", namespace="other")], [], id="other namespaces do not even lose"),
    ],
)
def test_every_policy_that_lost_says_why(policies: list[Manifest], expected: list[tuple[str, str, str]]) -> None:
    assert losers(accepts([pod(), *policies])) == expected


def test_a_policy_that_lost_shows_the_mode_it_would_have_set() -> None:
    answer = accepts([pod(), mesh_wide("DISABLE"), of_workload("STRICT", ports={8080: "PERMISSIVE"})])
    assert isinstance(answer, Effective)
    assert [(lost.policy.metadata.name, lost.mode) for lost in answer.overruled] == [
        ("default", "DISABLE"),
        ("cart", "STRICT"),
    ]


@pytest.mark.parametrize(
    ("policies", "assumed"),
    [
        pytest.param([of_namespace("STRICT", created=None)], False, id="one policy needs no age"),
        pytest.param(
            [of_namespace("STRICT", "a", created=None), of_namespace("STRICT", "b", created=None)], True, id="no ages"
        ),
        pytest.param(
            [of_namespace("STRICT", "a", created=None), of_namespace("STRICT", "b", created=OLD)], True, id="one age"
        ),
        pytest.param([of_namespace("STRICT", "a"), of_namespace("STRICT", "b")], False, id="ages are known"),
        pytest.param(
            [of_namespace("STRICT", created=None), mesh_wide("STRICT", created=None)], False, id="levels do not compete"
        ),
        pytest.param(
            [of_workload("STRICT", "a", created=None), of_workload("STRICT", "b", select={"app": "web"}, created=None)],
            False,
            id="other workloads do not compete",
        ),
    ],
)
def test_the_answer_is_assumed_where_an_unknown_age_decided(policies: list[Manifest], assumed: bool) -> None:
    answer = accepts([pod(), *policies])
    assert isinstance(answer, Effective)
    assert answer.assumed is assumed


def test_without_ages_the_name_decides() -> None:
    assert decider(accepts([pod(), *(of_namespace("STRICT", name, created=None) for name in "bac")])).startswith(
        "shop/a "
    )


# Gaps


@pytest.mark.parametrize(
    ("gap", "policies", "expected"),
    [
        pytest.param(
            forbidden(PEER_AUTHENTICATION, "shop"), [mesh_wide("STRICT")], "UNKNOWN", id="policies of the own namespace"
        ),
        pytest.param(forbidden(PEER_AUTHENTICATION), [], "UNKNOWN", id="all policies"),
        pytest.param(
            forbidden(PEER_AUTHENTICATION, ROOT), [of_namespace("STRICT")], "STRICT", id="the root, but the own decides"
        ),
        pytest.param(
            forbidden(PEER_AUTHENTICATION, ROOT),
            [of_workload("STRICT", ports={8080: "DISABLE"})],
            "DISABLE",
            id="the root, but an own port decides",
        ),
        pytest.param(forbidden(PEER_AUTHENTICATION, ROOT), [], "UNKNOWN", id="the root, and nobody else decides"),
        pytest.param(
            forbidden(PEER_AUTHENTICATION, ROOT), [of_namespace(None)], "UNKNOWN", id="the root, and the own says UNSET"
        ),
        pytest.param(
            forbidden(PEER_AUTHENTICATION, "other"), [of_namespace("STRICT")], "STRICT", id="another namespace"
        ),
        pytest.param(
            forbidden(PEER_AUTHENTICATION, except_namespaces=frozenset({"shop", ROOT})),
            [of_namespace("STRICT")],
            "STRICT",
            id="all but the namespaces that matter",
        ),
        pytest.param(forbidden(CONFIG_MAP, ROOT, "istio"), [], "UNKNOWN", id="MeshConfig, and nobody else decides"),
        pytest.param(
            forbidden(CONFIG_MAP, ROOT, "istio"), [mesh_wide("STRICT")], "UNKNOWN", id="MeshConfig names the root"
        ),
        pytest.param(
            forbidden(CONFIG_MAP, ROOT, "istio"),
            [of_namespace("STRICT")],
            "STRICT",
            id="MeshConfig, but the own decides",
        ),
        pytest.param(forbidden(CONFIG_MAP, ROOT, "other"), [mesh_wide("STRICT")], "STRICT", id="another ConfigMap"),
        pytest.param(
            Gap(PEER_AUTHENTICATION, "shop", "broken", GapReason.MALFORMED, "broken"),
            [of_namespace("STRICT")],
            "UNKNOWN",
            id="a malformed policy of the own namespace may be older",
        ),
    ],
)
def test_what_could_not_be_read_makes_the_mode_unknown_only_where_it_may_decide(
    gap: Gap, policies: list[Manifest], expected: str
) -> None:
    assert mode(*policies, gaps=[gap]) == expected


def test_an_unknown_mode_names_the_gap() -> None:
    gap = forbidden(PEER_AUTHENTICATION, "shop")
    assert accepts([pod()], gaps=[gap]) == Unknown(Doubt.GAP, gap=gap)


def test_mesh_config_that_was_read_has_no_gap_although_another_revisions_is_missing() -> None:
    gap = forbidden(CONFIG_MAP, ROOT, "istio-1-31")
    canary = pod(annotations={"istio.io/rev": "1-31"})
    assert mode(mesh_config(), mesh_wide("STRICT"), gaps=[gap]) == "STRICT"
    assert mode(mesh_config(), mesh_wide("STRICT"), gaps=[gap], of=canary) == "UNKNOWN"


def test_an_unreadable_mesh_config_is_a_gap_too() -> None:
    assert mode(mesh_config("rootNamespace: [1]"), mesh_wide("STRICT")) == "UNKNOWN"
    assert mode(mesh_config("a: b: c"), mesh_wide("STRICT")) == "UNKNOWN"


# EnvoyFilters


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        *(
            pytest.param(envoy_filter(apply_to=place), "UNKNOWN", id=f"{place} inbound")
            for place in ("FILTER_CHAIN", "LISTENER", "CLUSTER")
        ),
        pytest.param(envoy_filter(context="ANY"), "UNKNOWN", id="any context"),
        pytest.param(envoy_filter(context=None), "UNKNOWN", id="no context is any"),
        pytest.param(envoy_filter(select=CART), "UNKNOWN", id="a selector that fits"),
        pytest.param(envoy_filter(namespace=ROOT), "UNKNOWN", id="of the root namespace"),
        pytest.param(envoy_filter(apply_to="HTTP_FILTER"), "STRICT", id="HTTP filters change no mode"),
        pytest.param(envoy_filter(context="SIDECAR_OUTBOUND"), "STRICT", id="outbound"),
        pytest.param(envoy_filter(context="GATEWAY"), "STRICT", id="gateways"),
        pytest.param(envoy_filter(select={"app": "web"}), "STRICT", id="a selector of others"),
        pytest.param(envoy_filter(namespace="other"), "STRICT", id="of another namespace"),
        pytest.param(
            envoy_filter(targetRefs=[{"kind": "Gateway", "name": "waypoint"}]),
            "STRICT",
            id="targetRefs reach no sidecar",
        ),
    ],
)
def test_an_envoy_filter_that_patches_inbound_listeners_makes_the_mode_unknown(one: Manifest, expected: str) -> None:
    assert mode(of_namespace("STRICT"), one) == expected


def test_an_unknown_mode_names_the_envoy_filter() -> None:
    answer = accepts([pod(), envoy_filter()])
    assert isinstance(answer, Unknown)
    assert isinstance(answer.envoy_filter, EnvoyFilter)
    assert (answer.why, answer.envoy_filter.inbound_field) == (Doubt.ENVOY_FILTER, "spec.configPatches.0")


# Laws

MODES = st.sampled_from([None, "UNSET", "DISABLE", "PERMISSIVE", "STRICT"])
NAMESPACES = ("shop", "bank", ROOT)
LABELS = ({"app": "cart"}, {"app": "web"}, {"app": "cart", "v": "1"})


@st.composite
def policies(draw: st.DrawFn, namespaces: tuple[str, ...] = NAMESPACES) -> Manifest:
    return policy(
        draw(st.sampled_from("abcdef")),
        draw(MODES),
        namespace=draw(st.sampled_from(namespaces)),
        select=draw(st.sampled_from([None, {}, *LABELS])),
        ports=draw(st.none() | st.dictionaries(st.sampled_from([8080, 9090]), MODES, max_size=2)),
        created=draw(st.sampled_from([OLD, NEW, None])),
    )


def distinct(found: list[Manifest]) -> list[Manifest]:
    return list({(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in found}.values())


MESHES = st.lists(policies(), max_size=8).map(distinct)
PODS = [
    pod(f"{namespace}-{n}", namespace=namespace, labels=labels)
    for namespace in NAMESPACES
    for n, labels in enumerate(LABELS)
]


def modes(manifests: list[Manifest]) -> dict[tuple[str, int], str]:
    snapshot = snapshot_of([*PODS, *manifests])
    resolver = Policies(snapshot)
    return {
        (one.metadata.name, port): mode_word(resolve_server(resolver, one, port))
        for one in snapshot.pods.values()
        for port in (8080, 9090, 0)
    }


@given(MESHES, policies(namespaces=("elsewhere",)))
def test_a_policy_of_a_namespace_without_these_pods_changes_nothing(mesh: list[Manifest], other: Manifest) -> None:
    assert modes([*mesh, other]) == modes(mesh)


@given(MESHES, st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(mesh: list[Manifest], random: Any) -> None:
    shuffled = list(mesh)
    random.shuffle(shuffled)
    assert modes(shuffled) == modes(mesh)


@given(MESHES)
def test_consistently_renamed_namespaces_change_nothing(mesh: list[Manifest]) -> None:
    renamed = {"shop": "zoo", "bank": "alley", ROOT: "mesh-root"}
    moved = copy.deepcopy([*PODS, *mesh])
    for one in moved:
        one["metadata"]["namespace"] = renamed[one["metadata"]["namespace"]]
    snapshot = snapshot_of([*moved, mesh_config("rootNamespace: mesh-root")])
    resolver = Policies(snapshot)
    assert modes(mesh) == {
        (one.metadata.name, port): mode_word(resolve_server(resolver, one, port))
        for one in snapshot.pods.values()
        for port in (8080, 9090, 0)
    }


@given(MESHES, policies())
def test_a_policy_that_the_evidence_calls_younger_changes_no_mode(mesh: list[Manifest], added: Manifest) -> None:
    mesh = [one for one in mesh if one["metadata"]["name"] != added["metadata"]["name"]]
    snapshot, without = snapshot_of([*PODS, *mesh, added]), snapshot_of([*PODS, *mesh])
    resolver, before = Policies(snapshot), Policies(without)
    for key, one in snapshot.pods.items():
        for port in (8080, 9090, 0):
            answer = resolve_server(resolver, one, port)
            assert isinstance(answer, Effective)
            why = {
                lost.why.name
                for lost in answer.overruled
                if (lost.policy.metadata.namespace, lost.policy.metadata.name)
                == (added["metadata"]["namespace"], added["metadata"]["name"])
            }
            if why & {"YOUNGER", "ROOT_SELECTOR"}:
                assert mode_word(answer) == mode_word(resolve_server(before, without.pods[key], port))


@given(MESHES)
def test_the_decider_says_the_mode_and_never_is_among_those_that_lost_by_age(mesh: list[Manifest]) -> None:
    snapshot = snapshot_of([*PODS, *mesh])
    resolver = Policies(snapshot)
    for one in snapshot.pods.values():
        answer = resolve_server(resolver, one, 8080)
        assert isinstance(answer, Effective)
        if answer.decided_by is None:
            assert (answer.mode, answer.field) == ("PERMISSIVE", "")
            continue
        policy_of = answer.decided_by
        said = policy_of.port_modes[8080] if "portLevel" in answer.field else policy_of.mode
        assert said == answer.mode
        assert all(lost.policy != policy_of for lost in answer.overruled if lost.why.name == "YOUNGER")


@given(MESHES)
def test_pods_that_no_selector_tells_apart_share_their_answer(mesh: list[Manifest]) -> None:
    snapshot = snapshot_of([*PODS, *mesh])
    cached = Policies(snapshot)
    for one in snapshot.pods.values():
        twin = replace(one, metadata=replace(one.metadata, labels={**one.metadata.labels, "pod-template-hash": "x"}))
        assert resolve_server(cached, one, 8080) == resolve_server(Policies(snapshot), twin, 8080)
