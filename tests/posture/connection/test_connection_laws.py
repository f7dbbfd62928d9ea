"""Laws of verdicts: what touches neither client nor server changes nothing, names are only names, losers lose."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.passed_over import passed_over, rules_naming
from tests.posture.clients import connections, mesh, networking, rule, rules_of
from tests.posture.meshes import NEW, OLD, policy, snapshot_of

MODES = st.sampled_from(["DISABLE", "SIMPLE", "ISTIO_MUTUAL", None])
HOSTS = st.sampled_from(["cart.shop.svc.cluster.local", "*.local", "*", "cart", "other.shop.svc.cluster.local"])
PLACES = st.sampled_from(["front", "shop", "istio-system"])
LAWS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def rules(draw: st.DrawFn) -> list[Manifest]:
    return [_rule(draw, number) for number in range(draw(st.integers(0, 4)))]


def _rule(draw: st.DrawFn, number: int) -> Manifest:
    return rule(
        f"rule-{number}",
        draw(HOSTS),
        namespace=draw(PLACES),
        mode=draw(MODES),
        ports={80: draw(st.sampled_from([None, {"mode": "DISABLE"}]))} if draw(st.booleans()) else None,
        select=draw(st.sampled_from([None, None, {}, {"app": "web"}, {"app": "x"}])),
        export_to=draw(st.sampled_from([(), ("*",), (".",), ("front",)])),
        created=draw(st.sampled_from([OLD, NEW])),
    )


def answer(connection: Connection) -> tuple[Any, ...]:
    sent = [(one.endpoint.shown, one.wire.value, one.outcome.verdict.value) for one in connection.results]
    return (connection.wire.value, connection.verdict.value, tuple(sent))


def answers(manifests: list[Manifest]) -> dict[str | None, tuple[Any, ...]]:
    return {subset: answer(one) for subset, one in connections(snapshot_of(manifests)).items()}


@LAWS
@given(rules(), st.sampled_from(["STRICT", "PERMISSIVE", "DISABLE"]))
def test_what_touches_neither_side_changes_nothing(found: list[Manifest], mode: str) -> None:
    before = mesh(policy(mode=mode), *found)
    strangers = [
        rule("far", "*", namespace="bank", mode="SIMPLE"),
        policy("far", "STRICT", namespace="bank"),
        networking("Sidecar", "bank", "far", egress=[{"hosts": ["~/*"]}]),
        networking("ServiceEntry", "bank", "far", hosts=["far.example"], ports=[{"number": 80, "name": "http"}]),
    ]
    assert answers([*before, *strangers]) == answers(before)


@LAWS
@given(rules())
def test_names_of_namespaces_are_only_names(found: list[Manifest]) -> None:
    before = mesh(policy(mode="STRICT"), *found)
    text = json.dumps(before)
    for old, new in (("front", "vorne"), ("shop", "laden")):
        text = text.replace(f'"{old}"', f'"{new}"').replace(f".{old}.svc", f".{new}.svc")
    renamed = connections(snapshot_of(json.loads(text)), host="cart.laden.svc.cluster.local")
    assert {subset: answer(one) for subset, one in renamed.items()} == answers(before)


@LAWS
@given(rules(), rules())
def test_a_rule_that_the_evidence_calls_a_loser_changes_no_verdict(found: list[Manifest], more: list[Manifest]) -> None:
    base = mesh(*found)
    for number, one in enumerate(more):
        one["metadata"]["name"] = f"more-{number}"
        snapshot = snapshot_of([*base, one])
        with_it = connections(snapshot)[None]
        naming = rules_naming(snapshot.destination_rules, with_it.host.name)
        lost = {f"{p.object.namespace}/{p.object.name}" for p in passed_over(with_it, naming)}
        key = f"{one['metadata']['namespace']}/more-{number}"
        hides = with_it.chosen.rule is None and one["metadata"]["namespace"] == "front"
        if key in lost and key not in rules_of(with_it) and not hides and not _parts_others(one, found):
            assert answer(with_it) == answer(connections(snapshot_of(base))[None])


def _parts_others(added: Manifest, found: list[Manifest]) -> bool:
    """Whether two others for its host and namespace, which istiod merges, are kept apart by its own exportTo."""
    beside = [one for one in found if _place(one) == _place(added)]
    return len(beside) > 1 and any(one["spec"].get("exportTo") != added["spec"].get("exportTo") for one in beside)


def _place(manifest: Manifest) -> tuple[str, str]:
    namespace, host = manifest["metadata"]["namespace"], manifest["spec"]["host"]
    return namespace, f"{host}.{namespace}.svc.cluster.local" if host == "cart" else host


def test_a_rule_with_another_export_to_sets_a_later_one_apart() -> None:
    """As istiod 1.31 answers: its merge leaves the third out of the first as soon as the second fits neither."""
    first = rule("a", "*", mode="DISABLE", export_to=("*",), created=OLD)
    third = rule("c", "*", mode="SIMPLE", export_to=("*",), created=NEW)
    second = rule("b", "*", mode="DISABLE", created=NEW)
    assert rules_of(connections(snapshot_of(mesh(first, third)))[None]) == ["front/a", "front/c"]
    assert rules_of(connections(snapshot_of(mesh(first, second, third)))[None]) == ["front/c"]


@LAWS
@given(rules())
def test_every_rule_that_names_the_host_is_used_or_passed_over_with_a_reason(found: list[Manifest]) -> None:
    snapshot = snapshot_of(mesh(*found))
    one = connections(snapshot)[None]
    naming = rules_naming(snapshot.destination_rules, one.host.name)
    lost = {f"{p.object.namespace}/{p.object.name}" for p in passed_over(one, naming)}
    assert {f"{r.metadata.namespace}/{r.metadata.name}" for r in naming} == lost | set(rules_of(one))
