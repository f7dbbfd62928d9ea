"""A list that is taken apart while it comes: packed or not, cut, refused, or in JSON after all."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_mtls.errors import Unreachable
from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.read import ClusterSource
from kubectl_mtls.model.kind import ENDPOINT_SLICE, POD
from kubectl_mtls.model.reading import Reading, Want
from tests.kube.scripted_server import LOST, Script, serving
from tests.kube.test_coding import as_protobuf

PROTOBUF = ("Content-Type", "application/vnd.kubernetes.protobuf")
PACKED = ("Content-Encoding", "gzip")
PODS = [{"metadata": {"name": name, "namespace": "shop"}} for name in ("a", "b")]
LIST = as_protobuf({"items": PODS}, "PodList")


def discovery_of(resource: str) -> dict[str, Any]:
    def group(name: str, resource: str) -> dict[str, Any]:
        versions = [{"version": "v1", "resources": [{"resource": resource}]}]
        return {"metadata": {"name": name}, "versions": versions}

    groups = [group("networking.k8s.io", resource), group("discovery.k8s.io", "endpointslices")]
    return {"kind": "APIGroupDiscoveryList", "items": groups}


@pytest.fixture
def read() -> Iterator[Any]:
    """Reads all pods of a server that gives these answers to lists, in turn; and the requests that it got."""
    with serving() as start:

        def read(*answers: Any, resource: str = "servicecidrs") -> tuple[Reading, list[str]]:
            left = list(answers)
            script: Script = lambda path: (200, discovery_of(resource)) if path == "/apis" else left.pop(0)  # noqa: E731
            server = start(script)
            flags = ConnectionFlags(server=server.url, request_timeout=30.0)
            api = connect(flags, {}, "test", sleep=lambda _: None, chance=lambda: 0.0)
            known = Discovery(api)
            known.served_version(ENDPOINT_SLICE)
            return ClusterSource(api, known).read([Want(POD)]), server.requests[1:]

        yield read


def names(reading: Reading) -> list[str]:
    return [document.manifest["metadata"]["name"] for document in reading.documents]


@pytest.mark.parametrize(
    "answer", [(200, LIST, [PROTOBUF]), (200, gzip.compress(LIST), [PROTOBUF, PACKED])], ids=["plain", "packed"]
)
def test_a_new_server_is_asked_once_and_for_everything(read, answer: Any) -> None:
    reading, requests = read(answer)
    assert names(reading) == ["a", "b"]
    assert requests == ["GET /api/v1/pods"]


def test_an_old_server_is_asked_for_pages(read) -> None:
    reading, requests = read((200, LIST, [PROTOBUF]), resource="ingresses")
    assert names(reading) == ["a", "b"]
    assert requests == ["GET /api/v1/pods?limit=500"]


@pytest.mark.parametrize("fault", [LOST, (503, {})])
def test_it_is_asked_again_from_the_start(read, fault: Any) -> None:
    assert names(read(fault, (200, LIST, [PROTOBUF]))[0]) == ["a", "b"]


def test_json_is_understood_too(read) -> None:
    assert names(read((200, {"kind": "PodList", "items": PODS}))[0]) == ["a", "b"]


@pytest.mark.parametrize(
    "answer",
    [
        (200, LIST[:-9], [PROTOBUF]),
        (200, gzip.compress(LIST)[:-20], [PROTOBUF, PACKED]),
        (200, b"not packed", [PROTOBUF, PACKED]),
        (200, as_protobuf({}, "Pod"), [PROTOBUF]),
    ],
    ids=["cut", "cut and packed", "not packed", "no list"],
)
def test_what_is_no_whole_list_is_no_answer(read, answer: Any) -> None:
    with pytest.raises(Unreachable):
        read(answer)


def test_a_refusal_is_a_gap(read) -> None:
    status = as_protobuf({"message": "no", "reason": "Forbidden"}, "Status")
    (gap,) = read((403, status, [PROTOBUF]))[0].gaps
    assert gap.missing_rule == "list pods in all namespaces"
