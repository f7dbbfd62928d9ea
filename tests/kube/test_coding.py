"""Protobuf and JSON give the same objects: generated ones through both, and what else an API server may answer."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.kube.coding import Coding, as_json
from kubectl_mtls.kube.response import Response, Undecodable
from kubectl_mtls.kube.schema import INLINED, MAP, Field, messages
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.kind import (
    CUSTOM_RESOURCE,
    ENDPOINT_SLICE,
    NAMESPACE,
    PEER_AUTHENTICATION,
    POD,
    SERVICE,
    SERVICE_ACCOUNT,
    Kind,
)
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading

NUMEROUS = (NAMESPACE, SERVICE_ACCOUNT, POD, SERVICE, ENDPOINT_SLICE, CUSTOM_RESOURCE)
RFC3339 = "%Y-%m-%dT%H:%M:%SZ"
WORDS = st.text(max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": WORDS,
    "bool": st.booleans(),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    MAP: st.dictionaries(WORDS, WORDS, max_size=3),
    "Time": st.integers(1, 2**33).map(lambda at: datetime.fromtimestamp(at, UTC).strftime(RFC3339)),
    "IntOrString": st.integers(0, 65535) | WORDS,
}


def objects(message: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a kind as JSON has them, zeros and empty lists included."""
    fields = messages()[INLINED.get(message, message)]
    return st.fixed_dictionaries({}, optional={field.name: values(field) for field in fields})


def values(field: Field) -> st.SearchStrategy[Any]:
    one = VALUES[field.type] if field.type in VALUES else st.deferred(lambda: objects(field.type))
    return st.lists(one, max_size=3) if field.repeated else one


def as_protobuf(manifest: dict[str, Any], message: str, token: str | None = None) -> bytes:
    """What an API server sends, by the wire format alone (protobuf.dev/programming-guides/encoding)."""
    raw = encode(manifest, message)
    return b"k8s\0" + chunk(1, chunk(1, b"v1") + chunk(2, message.encode())) + chunk(2, raw)


def encode(value: dict[str, Any], message: str) -> bytes:
    known = b"".join(encode_field(field, value[field.name]) for field in messages()[message] if field.name in value)
    return chunk(217, b"of no interest") + known


def encode_field(field: Field, value: Any) -> bytes:
    if field.type == MAP:
        entries = [chunk(1, key.encode()) + chunk(2, item.encode()) for key, item in value.items()]
        return b"".join(chunk(field.number, entry) for entry in entries)
    return b"".join(encode_one(field, one) for one in (value if field.repeated else [value]))


def encode_one(field: Field, value: Any) -> bytes:
    match field.type:
        case "string":
            return chunk(field.number, value.encode())
        case "bool" | "int32" | "int64":
            return number(field.number, int(value))
        case "Time":
            return chunk(field.number, number(1, int(datetime.fromisoformat(value).timestamp())))
        case "IntOrString":
            text = isinstance(value, str)
            inner = number(1, text) + number(2, 0 if text else value) + chunk(3, value.encode() if text else b"")
            return chunk(field.number, inner)
        case message if message in INLINED:
            return chunk(field.number, chunk(1, encode(value, INLINED[message])))
        case message:
            return chunk(field.number, encode(value, message))


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value % 2**64)


def chunk(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def both(kind: Kind, manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield Coding(kind).object(Response(200, as_protobuf(manifest, kind.name)))
    yield Coding(kind).object(Response(200, orjson.dumps(manifest)))


@pytest.mark.parametrize("kind", NUMEROUS, ids=lambda kind: kind.name)
@given(data=st.data())
def test_both_codings_give_the_same_dict_and_the_same_model(kind: Kind, data: st.DataObject) -> None:
    manifest = data.draw(objects(kind.name))
    protobuf, json = both(kind, manifest)
    assert protobuf == json
    typed = [build_snapshot(Reading((document(kind, one),)), live=True) for one in (protobuf, json, manifest)]
    assert typed[0] == typed[1]
    assert [(one.pods, one.services, one.endpoint_slices, one.namespaces) for one in typed[:1]] == [
        (one.pods, one.services, one.endpoint_slices, one.namespaces) for one in typed[2:]
    ]


def document(kind: Kind, manifest: dict[str, Any]) -> Document:
    version = f"{kind.group}/v1" if kind.group else "v1"
    return Document({"apiVersion": version, "kind": kind.name, **manifest}, ApiOrigin())


def test_a_page_has_its_items_and_the_token_of_the_next() -> None:
    pods = [{"metadata": {"name": name, "namespace": "shop"}} for name in ("a", "b")]
    body = as_protobuf({"metadata": {"continue": "more"}, "items": pods}, "PodList")
    token, items = Coding(POD).page(Response(200, body))
    assert (token, list(items)) == ("more", pods)


@given(cuts=st.lists(st.integers(0, 4000), max_size=8), count=st.integers(0, 5))
def test_a_list_is_the_same_however_it_comes_in_pieces(cuts: list[int], count: int) -> None:
    pods = [{"metadata": {"name": f"p{number}", "labels": {"app": "x" * number * 40}}} for number in range(count)]
    body = as_protobuf({"metadata": {}, "items": pods}, "PodList") + chunk(3, b"") + number(9, 300)
    found: list[dict[str, Any]] = []
    feed = Coding(POD).whole_list(found.append)
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(places) if start < end]
    feed_all(feed, *pieces, b"")
    assert found == pods


def feed_all(feed: Callable[[bytes], None], *pieces: bytes) -> None:
    for piece in pieces:
        feed(piece)


@pytest.mark.parametrize("size", range(1, len(as_protobuf({"items": [{"metadata": {"name": "a"}}]}, "PodList"))))
def test_a_list_that_ends_in_the_middle_is_none(size: int) -> None:
    body = as_protobuf({"items": [{"metadata": {"name": "a"}}]}, "PodList")
    feed = Coding(POD).whole_list([].append)
    with pytest.raises(Undecodable):
        feed_all(feed, body[:size], b"")


@pytest.mark.parametrize("body", [b"{}", b"k8s\0\x0b", as_protobuf({}, "ServiceList"), b"k8s\0" + chunk(2, b"")])
def test_what_comes_instead_of_a_list_is_said(body: bytes) -> None:
    feed = Coding(POD).whole_list([].append)
    with pytest.raises(Undecodable):
        feed_all(feed, body, b"")


def test_what_pods_share_is_held_once() -> None:
    labels, containers = {"app": "cart"}, [{"name": "cart", "ports": [{"containerPort": 8080}]}]
    pods = [{"metadata": {"name": n, "labels": labels}, "spec": {"containers": containers}} for n in ("a", "b")]
    one, other = Coding(POD).page(Response(200, as_protobuf({"items": pods}, "PodList")))[1]
    assert one["metadata"]["labels"] is other["metadata"]["labels"]
    assert one["spec"] is other["spec"]


def test_a_server_without_protobuf_is_understood() -> None:
    pod = {"metadata": {"name": "a", "managedFields": [{}]}, "spec": {"nodeName": "n", "hostNetwork": True}}
    token, items = Coding(POD).page(Response(200, orjson.dumps({"kind": "PodList", "items": [pod]})))
    assert (token, list(items)) == ("", [{"metadata": {"name": "a"}, "spec": {"hostNetwork": True}}])


@pytest.mark.parametrize(
    "body",
    [
        b"k8s\0\xff",
        b"k8s\0",
        as_protobuf({}, "Pod"),
        as_protobuf({}, "ServiceList"),
        b"<html>",
        b'{"kind": "Pod"}',
    ],
)
def test_what_is_no_list_is_never_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(Undecodable):
        Coding(POD).page(Response(200, body))


def test_a_refusal_in_protobuf_says_what_it_says_in_json() -> None:
    refusal = {"message": "pods is forbidden", "reason": "Forbidden"}
    body = as_json(Response(403, as_protobuf(refusal, "Status"))).body
    assert orjson.loads(body) == {"kind": "Status", **refusal}


def test_kinds_with_a_history_keep_their_managed_fields_and_come_as_json() -> None:
    policy = {"metadata": {"name": "default", "managedFields": [{"manager": "kubectl"}]}}
    coding = Coding(PEER_AUTHENTICATION)
    assert coding.accept == "application/json"
    assert coding.object(Response(200, orjson.dumps(policy))) == policy


def test_times_are_written_as_json_has_them() -> None:
    at = datetime(2026, 11, 2, 8, 15, 30, tzinfo=UTC)
    metadata = {"name": "a", "creationTimestamp": at.strftime(RFC3339)}
    protobuf, json = both(NAMESPACE, {"metadata": metadata})
    assert protobuf == json == {"metadata": metadata}


class Spy(dict):
    """A mapping that notes which keys were asked for: what a parser reads must be in objects.proto."""

    def __init__(self, content: dict[str, Any], message: str, asked: set[tuple[str, str]]) -> None:
        kinds = {field.name: field.type for field in messages().get(INLINED.get(message, message), ())}
        super().__init__({key: watched(value, kinds.get(key, "?"), asked) for key, value in content.items()})
        self.message, self.asked = INLINED.get(message, message), asked

    def get(self, key: Any, default: Any = None) -> Any:
        self.asked.add((self.message, key))
        return super().get(key, default)

    def __getitem__(self, key: Any) -> Any:
        self.asked.add((self.message, key))
        return super().__getitem__(key)


def watched(value: Any, message: str, asked: set[tuple[str, str]]) -> Any:
    if isinstance(value, list):
        return [watched(one, message, asked) for one in value]
    return Spy(value, message, asked) if isinstance(value, dict) and message != MAP else value


FULL: dict[str, Any] = {"string": "a", "int32": 1, "int64": 1, MAP: {"app": "a"}, "IntOrString": 1}
FULL["Time"] = "2026-11-02T08:15:30Z"


def full(message: str, flag: bool) -> Any:
    """An object with every field of objects.proto."""
    scalars = FULL | {"bool": flag}
    known = messages()[INLINED.get(message, message)]
    fields = {one.name: scalars[one.type] if one.type in scalars else full(one.type, flag) for one in known}
    found = {one.name: [fields[one.name]] if one.repeated else fields[one.name] for one in known}
    return found | {"kind": "Pod"} if message == "ObjectReference" else found


@pytest.mark.parametrize("kind", NUMEROUS, ids=lambda kind: kind.name)
def test_what_parsers_read_is_in_objects_proto(kind: Kind) -> None:
    asked: set[tuple[str, str]] = set()
    for flag in (True, False):
        spied = Spy(document(kind, full(kind.name, flag)).manifest, kind.name, asked)
        build_snapshot(Reading((Document(spied, ApiOrigin()),)), live=True)
    known = {(message, field.name) for message, fields in messages().items() for field in fields}
    never_sent = {(kind.name, "apiVersion"), (kind.name, "kind"), ("ObjectMeta", "managedFields")}
    assert asked - known - never_sent == set()
    assert ("ObjectMeta", "name") in asked
