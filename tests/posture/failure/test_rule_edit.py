"""Edits of DestinationRules: what is tried is what the command that is printed makes of the object."""

import json
import re
import shlex
from copy import deepcopy
from typing import Any

import pytest

from kubectl_mtls.model.destination_rule import DestinationRule, parse_destination_rule
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.posture.cluster.client_tls import PASSTHROUGH
from kubectl_mtls.posture.failure.rule_edit import balanced, switched, without_block, without_names
from kubectl_mtls.rules.remedy import edit
from tests.conformance.comparison import cases, snapshot_of

SIMPLE = {"tls": {"mode": "SIMPLE", "subjectAltNames": ["a"]}}
ENTRY = {"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}
OTHER = {"port": {"number": 81}, "connectionPool": {}}
PASS = {"loadBalancer": {"simple": PASSTHROUGH}}

REMOVED = {
    "the block is all of the policy": (SIMPLE, "spec.trafficPolicy"),
    "the policy says more": ({**SIMPLE, "connectionPool": {}}, "spec.trafficPolicy.tls"),
    "the policy has a port": ({**SIMPLE, "portLevelSettings": [ENTRY]}, "spec.trafficPolicy.tls"),
    "a port's entry is all of the policy": ({"portLevelSettings": [ENTRY]}, "spec.trafficPolicy"),
    "there are other ports": ({"portLevelSettings": [ENTRY, OTHER]}, "spec.trafficPolicy.portLevelSettings.0"),
    "the entry says more": (
        {"portLevelSettings": [{**ENTRY, "connectionPool": {}}]},
        "spec.trafficPolicy.portLevelSettings.0.tls",
    ),
}


def rule_of(spec: dict[str, Any]) -> DestinationRule:
    manifest = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "cart", "namespace": "shop"},
        "spec": {"host": "cart", **spec},
    }
    return parsed(manifest)


def parsed(manifest: dict[str, Any]) -> DestinationRule:
    rule = parse_destination_rule(Document(manifest, ApiOrigin()))
    assert isinstance(rule, DestinationRule)
    return rule


@pytest.mark.parametrize(("policy", "field"), REMOVED.values(), ids=REMOVED)
def test_a_block_goes_with_what_it_leaves_empty(policy, field):
    rule = rule_of({"trafficPolicy": policy})
    edited, change = without_block(rule, rule.tls[0])
    assert change.field == field
    assert len(edited.tls) == len(rule.tls) - 1


def test_a_subset_loses_its_own_policy_alone():
    rule = rule_of({"trafficPolicy": SIMPLE, "subsets": [{"name": "v1", "trafficPolicy": SIMPLE}]})
    edited, change = without_block(rule, rule.tls[1])
    assert change.field == "spec.subsets.0.trafficPolicy"
    assert (edited.policy, edited.subsets[0].policy) == (rule.policy, None)


def test_another_mode_leaves_nothing_of_the_old_one():
    rule = rule_of({"trafficPolicy": SIMPLE})
    edited, _ = switched(rule, rule.tls[0], ClientMode.ISTIO_MUTUAL)
    assert edited == rule_of({"trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}})


def test_only_the_names_go():
    rule = rule_of({"trafficPolicy": SIMPLE})
    edited, change = without_names(rule, rule.tls[0])
    assert change.field == "spec.trafficPolicy.tls.subjectAltNames"
    assert edited == rule_of({"trafficPolicy": {"tls": {"mode": "SIMPLE"}}})


def test_only_the_load_balancer_that_passes_through_is_changed():
    rule = rule_of({"trafficPolicy": {**PASS, "portLevelSettings": [{"port": {"number": 80}, **PASS}]}})
    edited, _ = balanced(rule, "spec.trafficPolicy.portLevelSettings.0")
    assert edited.policy is not None
    assert (edited.policy.load_balancer, edited.policy.ports[0].load_balancer) == (PASSTHROUGH, "LEAST_REQUEST")


def test_every_edit_is_what_its_command_makes_of_the_object() -> None:
    """Over the rules of the meshes that istiod answered for."""
    tried = 0
    for case, _ in cases():
        snapshot = snapshot_of(case["yaml"])
        for rule in snapshot.destination_rules:
            manifest = dict(snapshot.documents[rule.metadata.ref].manifest)
            for edited, change in _edits(rule):
                command = edit(parsed(manifest).metadata, change)
                made = _carried_out(manifest, command)
                assert _bare(parsed(made)) == _bare(edited), command
                tried += 1
    assert tried > 500


def _edits(rule: DestinationRule):
    for block in rule.tls:
        yield without_block(rule, block)
        yield switched(rule, block, ClientMode.DISABLE)
        if block.subject_alt_names:
            yield without_names(rule, block)
    for policy in (rule.policy, *(one.policy for one in rule.subsets)):
        for place in (policy, *policy.ports) if policy else ():
            if place.load_balancer == PASSTHROUGH:
                yield balanced(rule, place.field)


def _carried_out(manifest: dict[str, Any], command: str) -> dict[str, Any]:
    made = deepcopy(manifest)
    words = shlex.split(command)
    if words[:3] == ["kubectl", "mtls", "switch-mode"]:
        made["spec"]["trafficPolicy"]["tls"] = {"mode": words[words.index("--to") + 1]}
        return made
    for operation in json.loads(words[words.index("-p") + 1]):
        *parents, last = operation["path"].strip("/").split("/")
        target: Any = made
        for key in parents:
            target = target[int(key)] if isinstance(target, list) else target[key]
        key = int(last) if isinstance(target, list) else last
        if operation["op"] == "remove":
            del target[key]
        else:
            target[key] = operation["value"]
    return made


def _bare(rule: DestinationRule) -> str:
    """What a rule says, without the places where it says it: they move when something before them goes."""
    return re.sub(r"field='[^']*'", "", repr((rule.host, rule.match_labels, rule.policy, rule.subsets, rule.tls)))
