"""objects.proto against Kubernetes' own files, and both codings of the same objects from a real API server."""

import re
from pathlib import Path

import pytest

from kubectl_mtls.kube.coding import Coding
from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.kube.read import ClusterSource
from kubectl_mtls.kube.schema import messages
from kubectl_mtls.model.kind import CUSTOM_RESOURCE, ENDPOINT_SLICE, NAMESPACE, POD, SERVICE, SERVICE_ACCOUNT, Kind
from kubectl_mtls.model.reading import Want
from tests.servers.build import GROUPS
from tests.servers.toolchain import find_module

NUMEROUS = (NAMESPACE, SERVICE_ACCOUNT, POD, SERVICE, ENDPOINT_SLICE, CUSTOM_RESOURCE)
FILES = {
    "k8s.io/apimachinery": (
        "pkg/apis/meta/v1/generated.proto",
        "pkg/runtime/generated.proto",
        "pkg/util/intstr/generated.proto",
    ),
    "k8s.io/api": ("core/v1/generated.proto", "discovery/v1/generated.proto"),
    "k8s.io/apiextensions-apiserver": ("pkg/apis/apiextensions/v1/generated.proto",),
}
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (?:optional |(repeated ))?(map<string, string>|[.\w]+) (\w+) = (\d+);", re.MULTILINE)


def kubernetes_fields() -> dict[str, set[tuple[bool, str, str, int]]]:
    """What Kubernetes' files say, by message: repeated, type, name, number."""
    found: dict[str, set[tuple[bool, str, str, int]]] = {}
    for module, paths in FILES.items():
        folder: Path = find_module(GROUPS / "kubernetes", module)
        for path in paths:
            for message, fields in MESSAGE.findall((folder / path).read_text()):
                rows = {
                    (bool(repeated), kind.rpartition(".")[2], name, int(number))
                    for repeated, kind, name, number in FIELD.findall(fields)
                }
                found.setdefault(message, set()).update(rows)
    return found


def test_names_types_and_numbers_are_those_of_kubernetes() -> None:
    theirs = kubernetes_fields()
    for message, fields in messages().items():
        ours = {(field.repeated, field.type, field.name, field.number) for field in fields}
        assert ours <= theirs[message], message


@pytest.mark.parametrize("kind", NUMEROUS, ids=lambda kind: kind.name)
def test_the_examples_are_the_same_in_both_codings(mesh, kind: Kind) -> None:
    server = mesh("shop")
    api = connect(ConnectionFlags(kubeconfig=str(server.kubeconfig())), {}, "test")
    read = [document.manifest for document in ClusterSource(api).read([Want(kind)]).documents]
    version = kind.versions[0]
    answer = api.request("GET", api_path(kind, version), accept="application/json")
    identity = {"apiVersion": f"{kind.group}/{version}" if kind.group else version, "kind": kind.name}
    assert read == [identity | item for item in Coding(kind).page(answer)[1]]
    known = Discovery(api)
    known.served_version(ENDPOINT_SLICE)
    assert known.streams_lists
    assert [document.manifest for document in ClusterSource(api, known).read([Want(kind)]).documents] == read
    assert read


def test_numerous_kinds_come_as_protobuf_and_so_do_refusals(mesh) -> None:
    server = mesh("shop")
    flags = ConnectionFlags(kubeconfig=str(server.kubeconfig()))
    answer = connect(flags, {}, "test").request("GET", "/api/v1/pods", accept=Coding(POD).accept)
    assert answer.body.startswith(b"k8s\0")
    refused = connect(ConnectionFlags(kubeconfig=str(server.kubeconfig("nobody"))), {}, "test")
    (gap,) = ClusterSource(refused).read([Want(POD)]).gaps
    assert gap.missing_rule == "list pods in all namespaces"
