"""Which pods a workload in a file would have: the injector's order of evidence, and what is derived from a template."""

import json
from typing import Any

import pytest

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot


def namespace(labels: dict[str, str] | None = None, name: str = "shop") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


def template(
    labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    pod_spec = {"containers": [{"name": "app", "ports": [{"name": "http", "containerPort": 8080}]}], **spec}
    return {
        "metadata": {"labels": {"app": "cart", **(labels or {})}, "annotations": annotations or {}},
        "spec": pod_spec,
    }


def workload(kind: str = "Deployment", name: str = "cart", where: str = "shop", **written: Any) -> dict[str, Any]:
    of = template(**written)
    spec: dict[str, Any] = {"jobTemplate": {"spec": {"template": of}}} if kind == "CronJob" else {"template": of}
    api_version = "batch/v1" if "Job" in kind else "apps/v1"
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": where}, "spec": spec}


def snapshot(*manifests: dict[str, Any], live: bool = False) -> Snapshot:
    text = "\n---\n".join(json.dumps(one) for one in manifests)
    documents = tuple(Document(value, origin) for value, origin in parse_objects("---\n" + text, "mesh.yaml"))
    return build_snapshot(Reading(documents), live=live)


def derived(*manifests: dict[str, Any]) -> Pod:
    (found,) = snapshot(*manifests).pods.values()
    return found


ENABLED, DISABLED = {"istio-injection": "enabled"}, {"istio-injection": "disabled"}
INJECT, REV, AMBIENT = "sidecar.istio.io/inject", "istio.io/rev", {"istio.io/dataplane-mode": "ambient"}
NO_OBJECT = None


@pytest.mark.parametrize(
    ("namespace_labels", "labels", "annotations", "expected"),
    [
        pytest.param(ENABLED, {}, {}, Proxy.SIDECAR, id="namespace enabled"),
        pytest.param(DISABLED, {}, {}, Proxy.NONE, id="namespace disabled"),
        pytest.param({}, {}, {}, Proxy.NONE, id="namespace says nothing"),
        pytest.param(NO_OBJECT, {}, {}, Proxy.UNKNOWN, id="no Namespace object"),
        pytest.param({REV: "1-31"}, {}, {}, Proxy.SIDECAR, id="namespace with a revision"),
        pytest.param({**DISABLED, REV: "1-31"}, {}, {}, Proxy.NONE, id="disabled beats the revision"),
        pytest.param({**ENABLED, REV: "1-31"}, {}, {}, Proxy.SIDECAR, id="enabled and a revision"),
        pytest.param({"istio-injection": "maybe", REV: "1-31"}, {}, {}, Proxy.NONE, id="another word is not enabled"),
        pytest.param(ENABLED, {INJECT: "false"}, {}, Proxy.NONE, id="the pod's label opts out"),
        pytest.param(ENABLED, {}, {INJECT: "false"}, Proxy.NONE, id="the pod's annotation opts out"),
        pytest.param(ENABLED, {INJECT: "true"}, {INJECT: "false"}, Proxy.SIDECAR, id="label beats annotation"),
        pytest.param(ENABLED, {INJECT: "false"}, {INJECT: "true"}, Proxy.NONE, id="label beats annotation, opting out"),
        pytest.param({}, {INJECT: "true"}, {}, Proxy.SIDECAR, id="the pod's label opts in"),
        pytest.param({}, {}, {INJECT: "true"}, Proxy.NONE, id="an annotation alone calls no webhook"),
        pytest.param(NO_OBJECT, {INJECT: "true"}, {}, Proxy.SIDECAR, id="label without Namespace object"),
        pytest.param(NO_OBJECT, {INJECT: "false"}, {}, Proxy.NONE, id="opting out without Namespace object"),
        pytest.param(NO_OBJECT, {}, {INJECT: "true"}, Proxy.UNKNOWN, id="annotation without Namespace object"),
        pytest.param(DISABLED, {INJECT: "true"}, {}, Proxy.NONE, id="disabled namespace beats the pod's label"),
        pytest.param({}, {REV: "1-31"}, {}, Proxy.SIDECAR, id="the pod names a revision"),
        pytest.param(DISABLED, {REV: "1-31"}, {}, Proxy.NONE, id="disabled namespace beats the pod's revision"),
        pytest.param(ENABLED, {INJECT: "no"}, {}, Proxy.NONE, id="another word than true"),
        pytest.param(ENABLED, {}, {"inject.istio.io/templates": "gateway"}, Proxy.GATEWAY, id="gateway template"),
        pytest.param(ENABLED, {}, {"inject.istio.io/templates": "sidecar,gateway"}, Proxy.GATEWAY, id="two templates"),
        pytest.param({}, {}, {"inject.istio.io/templates": "gateway"}, Proxy.NONE, id="a template without injection"),
        pytest.param(ENABLED, {}, {"inject.istio.io/templates": "grpc-agent"}, Proxy.PROXYLESS, id="grpc template"),
        pytest.param(AMBIENT, {}, {}, Proxy.AMBIENT, id="ambient namespace"),
        pytest.param(AMBIENT, {"istio.io/dataplane-mode": "none"}, {}, Proxy.NONE, id="the pod leaves ambient"),
        pytest.param({}, AMBIENT, {}, Proxy.AMBIENT, id="ambient pod"),
        pytest.param(NO_OBJECT, AMBIENT, {}, Proxy.AMBIENT, id="ambient pod without Namespace object"),
        pytest.param({**AMBIENT, **ENABLED}, {}, {}, Proxy.SIDECAR, id="the sidecar wins over ambient"),
    ],
)
def test_the_proxy_that_a_pod_would_get(
    namespace_labels: dict[str, str] | None, labels: dict[str, str], annotations: dict[str, str], expected: Proxy
) -> None:
    of = [] if namespace_labels is None else [namespace(namespace_labels)]
    assert derived(*of, workload(labels=labels, annotations=annotations)).proxy is expected


def test_pods_of_the_hosts_network_get_no_proxy() -> None:
    for labels in (ENABLED, AMBIENT):
        of = namespace(labels)
        found = derived(of, workload(hostNetwork=True))
        assert (found.proxy, found.host_network) == (Proxy.NONE, True)


@pytest.mark.parametrize("name", ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"])
def test_some_namespaces_are_never_injected(name: str) -> None:
    of = namespace(ENABLED, name)
    assert derived(of, workload(where=name, labels={INJECT: "true"})).proxy is Proxy.NONE


def test_a_proxy_that_the_template_holds_itself_is_there() -> None:
    router = {"name": "istio-proxy", "args": ["proxy", "router"]}
    assert derived(workload(containers=[router])).proxy is Proxy.GATEWAY
    chart = workload(
        containers=[{"name": "istio-proxy", "image": "auto"}], annotations={"inject.istio.io/templates": "gateway"}
    )
    assert derived(chart).proxy is Proxy.GATEWAY


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"])
def test_every_kind_of_workload_has_a_template(kind: str) -> None:
    found = derived(namespace(), workload(kind, serviceAccountName="cart"))
    assert (found.workload.kind, found.workload.name, found.metadata.name) == (kind, "cart", "cart")
    assert (found.labels["app"], found.port_named("http"), found.service_account) == ("cart", 8080, "cart")
    assert found.assumed


def test_a_sidecar_comes_with_the_label_by_which_clients_know_it() -> None:
    mark = "security.istio.io/tlsMode"
    assert derived(namespace(ENABLED), workload()).labels[mark] == "istio"
    assert derived(namespace(ENABLED), workload(labels={mark: "disabled"})).labels[mark] == "disabled"
    assert mark not in derived(namespace(DISABLED), workload()).labels
    assert mark not in derived(namespace(AMBIENT), workload()).labels


def test_the_revision_is_the_templates_else_the_namespaces() -> None:
    of = namespace({REV: "1-30"})
    assert derived(of, workload()).revision == "1-30"
    assert derived(of, workload(labels={REV: "1-31"})).revision == "1-31"


def pod(name: str, owner: dict[str, Any] | None, phase: str = "Running", **labels: str) -> dict[str, Any]:
    references = [{**owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": "shop", "labels": labels, "ownerReferences": references}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}, "status": {"phase": phase}}


def test_where_the_files_hold_a_pod_of_the_workload_none_is_derived() -> None:
    running = pod("cart-5d4-x", {"kind": "ReplicaSet", "name": "cart-5d4"}, **{"pod-template-hash": "5d4"})
    assert list(snapshot(workload(), running).pods) == [("shop", "cart-5d4-x")]


def test_a_pod_that_is_over_still_is_a_pod_of_its_workload() -> None:
    done = pod("nightly-x", {"kind": "Job", "name": "nightly"}, "Succeeded")
    assert snapshot(workload("Job", "nightly"), done).pods == {}


def test_the_pods_of_its_jobs_are_a_cron_jobs() -> None:
    job = workload("Job", "nightly-1")
    job["metadata"]["ownerReferences"] = [{"kind": "CronJob", "name": "nightly", "controller": True}]
    done = pod("nightly-1-x", {"kind": "Job", "name": "nightly-1"}, "Succeeded")
    assert snapshot(workload("CronJob", "nightly"), job, done).pods == {}
    assert list(snapshot(workload("CronJob", "nightly"), job).pods) == [("shop", "nightly")]


def test_a_workload_that_another_one_owns_is_left_to_its_owner() -> None:
    owned = workload("ReplicaSet", "cart-5d4")
    owned["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "cart", "controller": True}]
    assert list(snapshot(workload(), owned).pods) == [("shop", "cart")]


def test_on_a_cluster_nothing_is_derived() -> None:
    assert snapshot(namespace(), workload(), live=True).pods == {}


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"template": []}, "spec.template"),
        ({"template": {"metadata": {"labels": {"v": 1}}}}, "spec.template.metadata.labels.v"),
        ({"template": {"spec": {"containers": "x"}}}, "spec.template.spec.containers"),
        ({"template": {"spec": {"hostNetwork": "on"}}}, "spec.template.spec.hostNetwork"),
    ],
)
def test_a_malformed_template_is_a_gap_that_names_its_field(broken: Any, field: str) -> None:
    found = snapshot({**workload(), "spec": broken})
    (gap,) = found.gaps
    assert found.pods == {}
    assert gap.detail.startswith(f"mesh.yaml:2: Deployment cart: {field} should be ")
