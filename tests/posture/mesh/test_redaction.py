"""What of an object leaves: nothing secret, and all that answers rest on."""

import base64
import json
from typing import Any

from kubectl_mtls.certs.private_key import read_private_key
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.secret import parse_secret
from kubectl_mtls.posture.mesh.redaction import redact
from tests.certs.pki import data, leaf
from tests.posture.meshes import manifest

ORIGIN = FileOrigin("mesh.yaml", 1)
SECRET_WORD = "hunter2"
CONTAINER = {
    "name": "app",
    "image": "app:1",
    "command": ["/app", SECRET_WORD],
    "args": [f"--password={SECRET_WORD}"],
    "env": [{"name": "PASSWORD", "value": SECRET_WORD}],
    "ports": [{"containerPort": 8080}],
    "livenessProbe": {"httpGet": {"port": 8080, "httpHeaders": [{"name": "token", "value": SECRET_WORD}]}},
}
PROXY = {"name": "istio-proxy", "args": ["proxy", "router", f"--log={SECRET_WORD}"]}


def kept(document: dict[str, Any]) -> dict[str, Any]:
    found = build_snapshot(Reading((Document(document, ORIGIN),)), live=False)
    ((ref, read),) = found.documents.items()
    return redact(ref, read)


def workload(kind: str = "Deployment", **labels: str) -> dict[str, Any]:
    annotations = {LAST_APPLIED: SECRET_WORD, "note": "stays"}
    template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": {"containers": [CONTAINER, PROXY]}}
    metadata = {"labels": labels, "annotations": annotations, "managedFields": [{"manager": SECRET_WORD}]}
    return manifest("apps/v1", kind, "shop", "cart", metadata=metadata, spec={"template": template})


def test_containers_keep_what_answers_rest_on():
    found = kept(workload(app="cart"))
    app, proxy = found["spec"]["template"]["spec"]["containers"]
    assert app["env"] == [{"name": "PASSWORD"}]
    assert app["ports"] == CONTAINER["ports"]
    assert proxy["args"] == ["proxy", "router"]
    assert found["spec"]["template"]["metadata"]["annotations"] == {"note": "stays"}
    assert SECRET_WORD not in json.dumps(found)


def test_the_flags_of_istiod_stay_and_its_arguments_do_not():
    found = kept(workload(app="istiod"))
    (app, _) = found["spec"]["template"]["spec"]["containers"]
    assert app["env"] == CONTAINER["env"]
    assert "args" not in app


def test_a_pod_loses_what_a_template_loses():
    spec = {"containers": [CONTAINER], "initContainers": [CONTAINER]}
    status = {"phase": "Running", "podIP": "10.0.0.1", "containerStatuses": [{"message": SECRET_WORD}]}
    found = kept(manifest("v1", "Pod", "shop", "cart-0", spec=spec, status=status))
    assert found["status"] == {"phase": "Running", "podIP": "10.0.0.1"}
    assert SECRET_WORD not in json.dumps(found)


def secret(values: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return manifest("v1", "Secret", "shop", "partner", metadata=metadata, data=values)


def encoded(values: dict[str, bytes]) -> dict[str, str]:
    return {key: base64.b64encode(value).decode() for key, value in values.items()}


def test_a_secret_keeps_certificates_and_the_facts_of_its_key():
    document = secret(encoded(data(note=SECRET_WORD.encode())), managedFields=[{"manager": "x"}])
    found = parse_secret(Document(kept(document), ORIGIN)).data
    assert found["tls.crt"] == leaf().chain_pem
    assert read_private_key(found["tls.key"]) == read_private_key(leaf().key_pem())
    assert found["note"] == b"withheld"
    assert kept(document)["metadata"]["managedFields"] == [{"manager": "x"}]


def test_a_key_in_the_last_applied_annotation_goes_and_is_still_found():
    values = encoded(data())
    document = secret(values, annotations={LAST_APPLIED: json.dumps({"data": values})})
    found = kept(document)
    assert values["tls.key"][:40] not in json.dumps(found)
    assert parse_secret(Document(found, ORIGIN)).last_applied_has_key
    other = kept(secret(values, annotations={LAST_APPLIED: "{}", "a": "b"}))
    assert other["metadata"]["annotations"] == {"a": "b"}


def test_values_that_the_api_server_would_refuse_stay_refused_and_are_gone():
    found = kept({**secret({"a": f"!{SECRET_WORD}", "b": 1234567}), "stringData": {"c": SECRET_WORD}})
    problems = parse_secret(Document(found, ORIGIN)).problems
    assert problems == {"a": "is not base64", "b": "is not a string"}
    assert SECRET_WORD not in json.dumps(found)
    assert "1234567" not in json.dumps(found)
    assert kept(secret({})["metadata"] and {**secret({}), "data": SECRET_WORD})["data"] == "withheld!"


def test_config_maps_keep_the_mesh_and_certificates():
    mesh = manifest("v1", "ConfigMap", "istio-system", "istio", data={"mesh": "a: 1", "values": SECRET_WORD})
    assert kept(mesh)["data"] == {"mesh": "a: 1"}
    root = manifest("v1", "ConfigMap", "shop", "istio-ca-root-cert", data={"root-cert.pem": leaf().pem.decode()})
    assert kept(root)["data"] == root["data"]
    other = manifest("v1", "ConfigMap", "shop", "ca", data={"ca.crt": leaf().pem.decode(), "password": SECRET_WORD})
    assert kept(other)["data"] == {"ca.crt": leaf().pem.decode(), "password": "withheld"}


def test_istio_objects_keep_who_changed_what_and_no_key_wherever_it_stands():
    managed = [{"manager": "kubectl-edit"}]
    key = leaf().key_pem().decode()
    policy = manifest(
        "networking.istio.io/v1alpha3",
        "EnvoyFilter",
        "shop",
        "filter",
        metadata={"managedFields": managed, "annotations": {LAST_APPLIED: key}},
        spec={"configPatches": [{"patch": {"value": {"key": [key]}}}]},
    )
    found = kept(policy)
    assert found["metadata"]["managedFields"] == managed
    assert key.splitlines()[1] not in json.dumps(found)
