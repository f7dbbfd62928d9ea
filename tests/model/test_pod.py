"""A pod: its workload, ports and revision."""

from typing import Any

import pytest

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.pod import ContainerPort, Pod, Workload, parse_pod
from kubectl_mtls.model.reading import Document


def parse(metadata: dict[str, Any] | None = None, spec: Any = None, status: Any = None) -> Pod:
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "cart-5d4-x", "namespace": "shop", **(metadata or {})},
        "spec": spec,
        "status": status,
    }
    return parse_pod(Document(manifest, ApiOrigin()))


def owner(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "name": name, "controller": True}]


@pytest.mark.parametrize(
    ("owners", "labels", "workload"),
    [
        pytest.param([], {}, Workload("Pod", "cart-5d4-x"), id="alone"),
        pytest.param(
            owner("ReplicaSet", "cart-5d4"),
            {"pod-template-hash": "5d4"},
            Workload("Deployment", "cart"),
            id="Deployment",
        ),
        pytest.param(
            owner("ReplicaSet", "cart-v1-5d4"),
            {"pod-template-hash": "5d4"},
            Workload("Deployment", "cart-v1"),
            id="dashes",
        ),
        pytest.param(
            owner("ReplicaSet", "cart"), {"pod-template-hash": "5d4"}, Workload("ReplicaSet", "cart"), id="ReplicaSet"
        ),
        pytest.param(owner("ReplicaSet", "cart-5d4"), {}, Workload("ReplicaSet", "cart-5d4"), id="no hash label"),
        pytest.param(
            owner("StatefulSet", "cart-5d4"),
            {"pod-template-hash": "5d4"},
            Workload("StatefulSet", "cart-5d4"),
            id="StatefulSet",
        ),
        pytest.param(owner("Job", "nightly-123"), {}, Workload("Job", "nightly-123"), id="Job"),
        pytest.param(owner("Rollout", "cart"), {}, Workload("Rollout", "cart"), id="a kind of somebody else"),
    ],
)
def test_users_know_a_pod_by(owners: list[Any], labels: dict[str, str], workload: Workload) -> None:
    assert parse({"ownerReferences": owners, "labels": labels}).workload == workload


def test_ports_are_those_of_containers_that_run_beside_the_proxy() -> None:
    found = parse(
        spec={
            "containers": [
                {
                    "name": "app",
                    "ports": [{"containerPort": 8080, "name": "http"}, {"containerPort": 53, "protocol": "UDP"}],
                },
                {"name": "istio-proxy", "ports": [{"containerPort": 15090}]},
                {"name": "bare"},
            ],
            "initContainers": [
                {"name": "native", "restartPolicy": "Always", "ports": [{"containerPort": 9000}]},
                {"name": "ends", "ports": [{"containerPort": 9001}]},
            ],
        }
    )
    assert found.ports == (
        ContainerPort("http", 8080, "TCP"),
        ContainerPort("", 53, "UDP"),
        ContainerPort("", 9000, "TCP"),
    )
    assert (found.port_named("http"), found.port_named("grpc")) == (8080, None)


def test_what_a_pod_leaves_out_has_kubernetes_defaults() -> None:
    found = parse()
    assert (found.service_account, found.host_network, found.address, found.finished, found.ports) == (
        "default",
        False,
        "",
        False,
        (),
    )
    assert (found.assumed, found.revision) == (False, None)


@pytest.mark.parametrize(
    ("phase", "finished"), [("Running", False), ("Pending", False), ("Succeeded", True), ("Failed", True)]
)
def test_a_pod_that_is_over_is_finished(phase: str, finished: bool) -> None:
    assert parse(status={"phase": phase}).finished is finished


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ([], "spec"),
        ({"containers": {}}, "spec.containers"),
        ({"containers": ["app"]}, "spec.containers.0"),
        ({"containers": [{"name": "a"}, {"ports": "x"}]}, "spec.containers.1.ports"),
        ({"containers": [{"ports": [{"containerPort": "http"}]}]}, "spec.containers.0.ports.0.containerPort"),
        ({"initContainers": 5}, "spec.initContainers"),
        ({"hostNetwork": "yes"}, "spec.hostNetwork"),
        ({"serviceAccountName": 5}, "spec.serviceAccountName"),
    ],
)
def test_a_malformed_pod_names_its_field_in_full(spec: Any, field: str) -> None:
    with pytest.raises(Malformed) as malformed:
        parse(spec=spec)
    assert malformed.value.field == field
