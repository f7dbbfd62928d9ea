"""What a watch hears, from a server that sends exactly these lines."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubectl_mtls.errors import Forbidden, Unauthorized, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.discovery import Discovery
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.listing import Piece
from kubectl_mtls.kube.watch import Expired, Kept
from kubectl_mtls.kube.watches import Watches
from kubectl_mtls.model.kind import CONFIG_MAP, PEER_AUTHENTICATION
from kubectl_mtls.model.reading import Want
from tests.kube.scripted_server import Script, ScriptedServer, serving

PIECE = Piece(CONFIG_MAP, "shop")


@pytest.fixture
def serve() -> Iterator[Callable[[Script], ScriptedServer]]:
    with serving() as start:
        yield start


def api_of(server: ScriptedServer) -> Api:
    return connect(ConnectionFlags(server=server.url), {}, "test", sleep=lambda _: None, chance=lambda: 0.0)


def config_map(name: str, version: int, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "resourceVersion": str(version), "managedFields": [1]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def listed(version: int, *items: dict[str, Any]) -> tuple[int, Any]:
    metadata = {"resourceVersion": str(version)}
    return 200, {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": list(items)}


def event(kind: str, manifest: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": manifest}).encode() + b"\n"


def lines(*events: bytes) -> tuple[int, bytes, list[tuple[str, str]]]:
    return 200, b"".join(events), [("Content-Type", "application/json")]


BOOKMARK = event("BOOKMARK", {"kind": "ConfigMap", "metadata": {"resourceVersion": "90"}})


def script(*watches: Any, version: int = 5) -> Script:
    """Lists of one object `a`; then these answers to the watches, one after another."""
    left = list(watches)

    def answer(path: str) -> Any:
        return left.pop(0) if "watch=" in path else listed(version, config_map("a", 3))

    return answer


def kept_by(api: Api) -> Kept:
    kept = Kept(PIECE, "v1")
    kept.read(api)
    return kept


def names(kept: Kept) -> list[str]:
    return [document.manifest["metadata"]["name"] for document in kept.outcome()[0]]


def test_objects_come_change_and_go(serve) -> None:
    changes = (
        event("ADDED", config_map("b", 6)),
        event("MODIFIED", config_map("a", 7, x="1")),
        event("DELETED", config_map("b", 8)),
        event("DELETED", config_map("never-seen", 9)),
    )
    api = api_of(serve(script(lines(*changes))))
    kept = kept_by(api)
    seen = [names(kept) for _ in kept.follow(api, lambda: None)]
    assert seen == [["a", "b"], ["a", "b"], ["a"]]
    (document,) = kept.outcome()[0]
    assert document.manifest["data"] == {"x": "1"}
    assert "managedFields" not in document.manifest["metadata"]


def test_it_goes_on_from_the_last_version_and_bookmarks_move_it(serve) -> None:
    server = serve(script(lines(event("ADDED", config_map("b", 6))), lines(BOOKMARK), lines()))
    api = api_of(server)
    kept = kept_by(api)
    heard = [len(list(kept.follow(api, lambda: None))) for _ in range(3)]
    assert heard == [1, 0, 0]
    versions = [path.partition("resourceVersion=")[2].partition("&")[0] for path in server.requests if "watch=" in path]
    assert versions == ["5", "6", "90"]
    assert all("allowWatchBookmarks=true" in path for path in server.requests if "watch=" in path)


GONE = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}


@pytest.mark.parametrize("answer", [(410, GONE), lines(event("ERROR", GONE)), (404, {})])
def test_an_expired_version_is_forgotten(serve, answer: Any) -> None:
    api = api_of(serve(script(answer)))
    kept = kept_by(api)
    assert kept.is_current
    with pytest.raises(Expired):
        list(kept.follow(api, lambda: None))
    assert not kept.is_current
    assert names(kept) == ["a"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {}), Unauthorized),
        ((403, {}), Forbidden),
        ((503, {}), Unreachable),
        ((200, b"<html>", [("Content-Type", "text/html")]), Unreachable),
        (lines(b"noise\n"), Unreachable),
        (lines(b'{"type":"ADDED"'), Unreachable),
        (lines(b"[]\n"), Unreachable),
        (lines(event("ADDED", [])), Unreachable),  # type: ignore[arg-type]
        (lines(event("HELLO", config_map("b", 6))), Unreachable),
        (lines(event("ADDED", {"metadata": None})), Unreachable),
        (lines(event("ERROR", {"code": 500, "message": "\x1b"})), Unreachable),
    ],
)
def test_other_answers_are_errors_and_change_nothing(serve, answer: Any, error: type[Exception]) -> None:
    api = api_of(serve(script(answer)))
    kept = kept_by(api)
    with pytest.raises(error):
        list(kept.follow(api, lambda: None))
    assert names(kept) == ["a"]
    assert kept.is_current


def test_what_was_known_stays_while_nothing_answers(serve) -> None:
    answers = [listed(5), listed(5, config_map("a", 3))]
    api = api_of(serve(lambda _: answers.pop(0) if answers else (503, {})))
    kept = kept_by(api)
    kept.read(api)
    documents, error = kept.outcome()
    assert (len(documents), error) == (1, None)
    assert not kept.is_current


def test_an_answer_is_made_from_what_is_watched_without_another_request(serve) -> None:
    server = serve(lambda path: (403, {}) if "watch=" in path else listed(5, config_map("a", 3)))
    watches = Watches(lambda: api_of(server), lambda: 0.0)
    want = [Want(CONFIG_MAP, ("shop",))]
    first = watches.source().read(want)
    watches.wait(0.05, 0.2)
    count = len(server.requests)
    assert watches.source().read(want) == first
    assert len(server.requests) == count
    assert watches.notes() == ["changes are not seen: may not watch configmaps in namespace shop"]
    watches.end()


def test_discovery_that_fails_for_one_group_is_no_absence(serve) -> None:
    groups = {"kind": "APIGroupList", "groups": [{"name": "security.istio.io", "versions": [{"version": "v1"}]}]}
    server = serve(lambda path: (200, groups) if path == "/apis" else (503, {}))
    with pytest.raises(Unreachable):
        Discovery(api_of(server)).served_version(PEER_AUTHENTICATION)
