"""istiod's revisions, versions and mesh configuration."""

from typing import Any

import pytest

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.control_plane import (
    MeshConfig,
    RevisionTag,
    config_map_name,
    injector_namespaces,
    parse_istiod,
    parse_mesh_config,
    parse_revision_tag,
    revision_of_config_map,
)
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document


def document(kind: str, api_version: str, labels: Any = None, **rest: Any) -> Document:
    metadata = {"name": "istio", "namespace": "istio-system", "labels": labels or {}}
    return Document({"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}, ApiOrigin())


def istiod(image: str = "istio/pilot:1.31.0", labels: Any = None, env: Any = (), name: str = "discovery") -> Document:
    containers = [{"name": "other", "image": "x:9"}, {"name": name, "image": image, "env": list(env)}]
    return document("Deployment", "apps/v1", labels, spec={"template": {"spec": {"containers": containers}}})


def mesh(written: str | None) -> MeshConfig | None:
    return parse_mesh_config(document("ConfigMap", "v1", data={} if written is None else {"mesh": written}))


def webhook(labels: dict[str, str], **rest: Any) -> Document:
    return document("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1", labels, **rest)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("docker.io/istio/pilot:1.31.0", "1.31.0"),
        ("docker.io/istio/pilot:1.31.0-distroless", "1.31.0"),
        ("registry.corp:5000/istio/pilot:1.30.3", "1.30.3"),
        ("registry.corp:5000/istio/pilot", ""),
        ("istio/pilot:1.29.6@sha256:abcd", "1.29.6"),
        ("istio/pilot@sha256:abcd", ""),
        ("istio/pilot:latest", ""),
        ("istio/pilot", ""),
        ("", ""),
    ],
)
def test_the_version_is_the_tag_of_the_image(image: str, version: str) -> None:
    assert parse_istiod(istiod(image)).version == version


@pytest.mark.parametrize(
    ("labels", "env", "revision"),
    [
        ({}, [], "default"),
        ({"istio.io/rev": "1-31"}, [], "1-31"),
        ({}, [{"name": "REVISION", "value": "1-31"}], "1-31"),
        ({"istio.io/rev": "label"}, [{"name": "REVISION", "value": "env"}], "label"),
        ({"istio.io/rev": ""}, [], "default"),
    ],
)
def test_the_revision_is_labelled_else_in_the_environment(labels: Any, env: Any, revision: str) -> None:
    assert parse_istiod(istiod(labels=labels, env=env)).revision == revision


def test_flags_are_the_environment_of_the_discovery_container() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "C", "valueFrom": {}}]
    assert parse_istiod(istiod(env=env)).flags == {"A": "1", "B": "", "C": ""}


def test_a_deployment_without_such_a_container_has_the_first_ones_image() -> None:
    assert parse_istiod(istiod(name="pilot")).version == "9"
    assert parse_istiod(document("Deployment", "apps/v1")).version == ""


@pytest.mark.parametrize(
    ("revision", "name"), [("", "istio"), ("default", "istio"), ("1-31", "istio-1-31"), ("canary", "istio-canary")]
)
def test_the_config_map_is_named_after_the_revision(revision: str, name: str) -> None:
    assert config_map_name(revision) == name
    assert revision_of_config_map(name) == (revision or "default")


@pytest.mark.parametrize("name", ["istiod", "kube-root-ca.crt", "my-istio"])
def test_other_config_maps_hold_no_mesh_config(name: str) -> None:
    assert revision_of_config_map(name) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", {}),
        ("{}", {}),
        ("# nothing\n", {}),
        ("rootNamespace: config", {"root_namespace": "config"}),
        ("rootNamespace: ''", {}),
        ("trustDomain: corp", {"trust_domain": "corp"}),
        ("trustDomain: ''", {}),
        ("trustDomainAliases: [a, b]", {"trust_domain_aliases": ("a", "b")}),
        ("enableAutoMtls: false", {"auto_mtls": False}),
        ("enableAutoMtls: off", {"auto_mtls": False}),
        ("enableAutoMtls: true", {}),
        ("enableAutoMtls:", {}),
        ("defaultConfig: {proxyMetadata: {CA_ADDR: 'ca:443'}}", {"ca_address": "ca:443"}),
        ("unknownField: [1, {a: b}]", {}),
        ('{"rootNamespace": "json"}', {"root_namespace": "json"}),
    ],
)
def test_mesh_config_has_istios_defaults(written: str, expected: dict[str, Any]) -> None:
    found = mesh(written)
    assert found is not None
    assert found.source is not None
    assert found == MeshConfig(source=found.source, **expected)


def test_a_config_map_without_mesh_holds_no_mesh_config() -> None:
    assert mesh(None) is None


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("- a", "data.mesh"),
        ("just words", "data.mesh"),
        ("rootNamespace: [a]", "data.mesh.rootNamespace"),
        ("enableAutoMtls: 'false'", "data.mesh.enableAutoMtls"),
        ("trustDomainAliases: a", "data.mesh.trustDomainAliases"),
    ],
)
def test_malformed_mesh_config_names_its_field(written: str, field: str) -> None:
    with pytest.raises(Malformed) as malformed:
        mesh(written)
    assert malformed.value.field == field


def test_mesh_config_that_is_no_yaml_names_its_line() -> None:
    with pytest.raises(InvalidInput, match=r"configmap/istio data\.mesh:2: malformed YAML"):
        mesh("a: 1\nb: c: d\n")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"istio.io/tag": "prod", "istio.io/rev": "1-31"}, RevisionTag("prod", "1-31")),
        ({"app": "sidecar-injector", "istio.io/rev": "1-31"}, RevisionTag("1-31", "1-31")),
        ({"istio.io/rev": "1-31"}, None),
        ({"istio.io/tag": "prod"}, None),
        ({"app": "cert-manager"}, None),
    ],
)
def test_webhooks_name_tags_and_revisions(labels: dict[str, str], expected: RevisionTag | None) -> None:
    assert parse_revision_tag(webhook(labels)) == expected


def test_injector_webhooks_say_where_istiod_lives() -> None:
    hooks = [
        {"name": "rev.namespace.sidecar-injector.istio.io", "clientConfig": {"service": {"namespace": "mesh"}}},
        {"name": "namespace.sidecar-injector.istio.io", "clientConfig": {"url": "https://elsewhere"}},
        {"name": "other.example", "clientConfig": {"service": {"namespace": "other"}}},
    ]
    assert injector_namespaces(webhook({}, webhooks=hooks)) == {"mesh"}
    assert injector_namespaces(webhook({})) == set()


@pytest.mark.parametrize(
    ("webhooks", "field"),
    [
        ("all", "webhooks"),
        (["istio"], "webhooks.0"),
        ([{"name": "istio"}, {"name": "istio", "clientConfig": "here"}], "webhooks.1.clientConfig"),
        ([{"name": "istio", "clientConfig": {"service": {"namespace": ["mesh"]}}}], "clientConfig.service.namespace"),
    ],
)
def test_a_malformed_webhook_names_its_field_and_no_namespace(webhooks: Any, field: str) -> None:
    document = webhook({}, webhooks=webhooks)
    assert injector_namespaces(document) == set()
    with pytest.raises(Malformed) as malformed:
        parse_revision_tag(document)
    assert malformed.value.field.endswith(field)
