"""Who may reach pods under NetworkPolicies: peers by pods, namespaces and both, and what is not known."""

from typing import Any

import pytest

from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.change.network_reach import NetworkReach
from tests.posture.meshes import manifest, pod, snapshot_of

NAME = "kubernetes.io/metadata.name"
SERVER = pod("cart-0", labels={"app": "cart"})
CLIENT = pod("job-0", namespace="batch", labels={"app": "job"}, proxy=None)
BATCH = manifest("v1", "Namespace", None, "batch", metadata={"labels": {"team": "data"}})


def policy(*sources: Any, select: Any = None, types: Any = None, rules: Any = None) -> Any:
    """A NetworkPolicy of shop with one rule for these peers."""
    spec = {"podSelector": select or {}, "ingress": rules if rules is not None else [{"from": list(sources)}]}
    return manifest(
        "networking.k8s.io/v1", "NetworkPolicy", "shop", "p", spec={**spec, "policyTypes": types or ["Ingress"]}
    )


def namespaces(**labels: Any) -> Any:
    return {"namespaceSelector": {"matchLabels": labels}}


def pods_of(team: str, app: str) -> Any:
    return {**namespaces(team=team), "podSelector": {"matchLabels": {"app": app}}}


def expression(operator: str, *values: str) -> Any:
    return {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": operator, "values": list(values)}]}}


def found(snapshot: Snapshot, name: str) -> Pod:
    return next(one for one in snapshot.pods.values() if one.metadata.name == name)


@pytest.mark.parametrize(
    ("policies", "comes"),
    [
        pytest.param([], True, id="no policy"),
        pytest.param([policy(rules=[])], False, id="nobody is let in"),
        pytest.param([policy(rules=[{}])], True, id="everybody is"),
        pytest.param([policy(rules=[], select={"matchLabels": {"app": "other"}})], True, id="of other pods"),
        pytest.param([policy(rules=[], types=["Egress"])], True, id="about who goes out"),
        pytest.param([policy(namespaces(team="data"))], True, id="its namespace"),
        pytest.param([policy(namespaces(team="shop"))], False, id="another namespace"),
        pytest.param([policy(namespaces(**{NAME: "batch"}))], True, id="its namespace by name"),
        pytest.param([policy({"podSelector": {}})], False, id="pods of the policy's own namespace"),
        pytest.param([policy(pods_of("data", "job"))], True, id="its namespace and its labels"),
        pytest.param([policy(pods_of("data", "x"))], False, id="its namespace, other labels"),
        pytest.param([policy({"ipBlock": {"cidr": "10.0.0.0/8"}})], True, id="an address may be anybody's"),
        pytest.param([policy(expression("In", "data"))], True, id="In"),
        pytest.param([policy(expression("NotIn", "data"))], False, id="NotIn"),
        pytest.param([policy(expression("Exists"))], True, id="Exists"),
        pytest.param([policy(expression("DoesNotExist"))], False, id="DoesNotExist"),
        pytest.param([policy(rules=[]), policy(namespaces(team="data"))], True, id="one of two lets it in"),
    ],
)  # fmt: skip
def test_a_pod_of_another_namespace(policies: list[Any], comes: bool) -> None:
    for number, one in enumerate(policies):
        one["metadata"]["name"] = f"p{number}"
    snapshot = snapshot_of([SERVER, CLIENT, BATCH, *policies])
    assert NetworkReach(snapshot, [found(snapshot, "cart-0")]).may_come(found(snapshot, "job-0")) == comes


def test_one_server_that_takes_everybody_is_reached() -> None:
    other = pod("web-0", labels={"app": "web"})
    snapshot = snapshot_of([SERVER, other, CLIENT, BATCH, policy(rules=[], select={"matchLabels": {"app": "cart"}})])
    servers = [found(snapshot, "cart-0"), found(snapshot, "web-0")]
    assert NetworkReach(snapshot, servers).may_come(found(snapshot, "job-0"))
    assert not NetworkReach(snapshot, servers[:1]).may_come(found(snapshot, "job-0"))


def test_pods_of_the_node_and_namespaces_that_were_not_read_may_come() -> None:
    node = {**CLIENT, "spec": {**CLIENT["spec"], "hostNetwork": True}}
    for snapshot in (
        snapshot_of([SERVER, node, BATCH, policy(rules=[])]),
        snapshot_of([SERVER, CLIENT, policy(namespaces(team="shop"))]),
    ):
        assert NetworkReach(snapshot, [found(snapshot, "cart-0")]).may_come(found(snapshot, "job-0"))
