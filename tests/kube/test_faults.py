"""An API server that misbehaves, on loopback, seen through the real client."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.errors import Conflict, InvalidInput, Unauthorized, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.apply import ObjectWriter
from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.listing import PAGE_SIZE
from kubectl_mtls.kube.patience import ATTEMPTS
from kubectl_mtls.kube.read import ClusterSource
from kubectl_mtls.model.gap import GapReason
from kubectl_mtls.model.kind import CONFIG_MAP, PEER_AUTHENTICATION, POD, SECRET, SERVICE
from kubectl_mtls.model.reading import Want
from tests.kube.scripted_server import LOST, Script, ScriptedServer, serving


@pytest.fixture
def serve() -> Iterator[Callable[[Script], ScriptedServer]]:
    with serving() as start:
        yield start


def api_of(
    server: ScriptedServer, slept: list[float] | None = None, timeout: float | None = 30.0, log: Any = None
) -> Api:
    flags = ConnectionFlags(server=server.url, request_timeout=timeout)
    return connect(flags, {}, "test", log, sleep=(slept if slept is not None else []).append, chance=lambda: 0.0)


def in_turn(*answers: Any) -> Script:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def page(count: int = 0, token: str = "", start: int = 0) -> dict[str, Any]:
    items = [{"metadata": {"name": f"p{start + n}", "managedFields": [1]}} for n in range(count)]
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": token}, "items": items}


@pytest.mark.parametrize("fault", [(429, {}), (500, {}), (503, {}), LOST])
def test_a_get_is_tried_again_with_growing_pauses(serve, fault: Any) -> None:
    slept: list[float] = []
    api = api_of(serve(in_turn(fault, fault, (200, {}))), slept)
    assert api.request("GET", "/x").status == 200
    assert slept == [0.1, 0.2]


def test_retry_after_is_obeyed(serve) -> None:
    slept: list[float] = []
    api = api_of(serve(in_turn((429, {}, [("Retry-After", "3")]), (200, {}))), slept)
    assert api.request("GET", "/x").status == 200
    assert slept == [3.0]


def test_no_pause_reaches_beyond_the_time_out(serve) -> None:
    slept: list[float] = []
    api = api_of(serve(in_turn((503, {}, [("Retry-After", "60")]))), slept)
    assert api.request("GET", "/x").status == 503
    assert slept == []


def test_attempts_are_bounded(serve) -> None:
    server = serve(in_turn(LOST))
    with pytest.raises(Unreachable, match="the connection was lost"):
        api_of(server).request("GET", "/x")
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize("fault", [(429, {}), (503, {}), LOST])
def test_a_write_is_sent_once(serve, fault: Any) -> None:
    server = serve(in_turn(fault))
    with pytest.raises(Unreachable):
        ObjectWriter(api_of(server)).merge_patch(CONFIG_MAP, "shop", "c", {}, "1")
    assert len(server.requests) == 1


def test_a_lost_write_says_that_it_may_have_been_made(serve) -> None:
    with pytest.raises(Unreachable) as caught:
        ObjectWriter(api_of(serve(in_turn(LOST)))).merge_patch(CONFIG_MAP, "shop", "c", {}, "1")
    assert caught.value.hint is not None
    assert "not known" in caught.value.hint


def test_a_slow_answer_times_out(serve) -> None:
    gone = threading.Event()
    api = api_of(serve(lambda _: (gone.wait(20), (200, {}))[1]), timeout=0.2)
    with pytest.raises(Unreachable, match=r"timed out after 0\.2s"):
        api.request("GET", "/x")
    gone.set()


@pytest.mark.parametrize("timeout", [None, 0])
def test_no_time_out_means_no_limit(serve, timeout: float | None) -> None:
    assert api_of(serve(in_turn((503, {}), (200, {}))), timeout=timeout).request("GET", "/x").status == 200


def test_pages_are_read_to_the_end(serve) -> None:
    server = serve(in_turn((200, page(2, "next")), (200, page(1, start=2))))
    reading = ClusterSource(api_of(server)).read([Want(POD)])
    assert [d.manifest["metadata"] for d in reading.documents] == [{"name": "p0"}, {"name": "p1"}, {"name": "p2"}]
    assert [d.manifest["kind"] for d in reading.documents] == ["Pod"] * 3
    limit = f"GET /api/v1/pods?limit={PAGE_SIZE}"
    assert server.requests == [limit, f"{limit}&continue=next"]


def test_an_expired_list_starts_again_without_repeating_objects(serve) -> None:
    server = serve(in_turn((200, page(2, "next")), (410, {}), (200, page(5))))
    reading = ClusterSource(api_of(server)).read([Want(POD)])
    assert len(reading.documents) == 5
    assert server.requests[-1] == "GET /api/v1/pods"


def test_a_list_that_stays_expired_is_a_gap(serve) -> None:
    server = serve(lambda path: (410, {}) if "pods" in path else (200, page()))
    reading = ClusterSource(api_of(server)).read([Want(POD), Want(SERVICE)])
    assert [(gap.kind, gap.reason) for gap in reading.gaps] == [(POD, GapReason.UNREADABLE)]


@pytest.mark.parametrize("body", [b"{", b"[]", b"<html>"])
def test_an_answer_that_is_no_object_is_a_gap(serve, body: bytes) -> None:
    server = serve(lambda path: (200, body) if "pods" in path else (200, page()))
    gaps = ClusterSource(api_of(server)).read([Want(POD), Want(SERVICE)]).gaps
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


def test_one_401_ends_the_reading(serve) -> None:
    server = serve(lambda path: (401, {}) if "pods" in path else (200, page()))
    with pytest.raises(Unauthorized):
        ClusterSource(api_of(server)).read([Want(SERVICE), Want(POD)])


def test_failures_of_everything_are_unreachable(serve) -> None:
    with pytest.raises(Unreachable, match="500"):
        ClusterSource(api_of(serve(in_turn((500, {}))))).read([Want(POD), Want(SERVICE)])


def test_an_api_server_without_aggregated_discovery_is_asked_group_by_group(serve) -> None:
    answers = {
        "/apis": {
            "kind": "APIGroupList",
            "groups": [{"name": "security.istio.io", "versions": [{"version": "v1beta1"}, {"version": "v1"}]}],
        },
        "/apis/security.istio.io/v1": {"kind": "APIResourceList", "resources": [{"name": "authorizationpolicies"}]},
        "/apis/security.istio.io/v1beta1": {"kind": "APIResourceList", "resources": [{"name": "peerauthentications"}]},
    }
    server = serve(lambda path: (200, answers.get(path, page(1))))
    source = ClusterSource(api_of(server))
    (document,) = source.read([Want(PEER_AUTHENTICATION)]).documents
    assert document.manifest["apiVersion"] == "security.istio.io/v1beta1"
    assert server.requests.count("GET /apis") == 1


def test_something_else_that_answers_is_no_api_server(serve) -> None:
    server = serve(in_turn((200, b"<html>welcome</html>")))
    with pytest.raises(Unreachable, match="not a Kubernetes API server"):
        ClusterSource(api_of(server)).read([Want(PEER_AUTHENTICATION)])


def test_a_404_of_something_on_the_way_is_no_proof_that_an_object_is_gone(serve) -> None:
    absent = {"kind": "Status", "reason": "NotFound", "message": 'pods "cart-0" not found'}
    writer = ObjectWriter(api_of(serve(in_turn((404, b"not found"), (404, absent)))))
    with pytest.raises(Conflict):
        writer.get(POD, "shop", "cart-0")
    assert writer.get(POD, "shop", "cart-0") is None


def test_warnings_are_collected_once(serve) -> None:
    header = ("Warning", '299 - "old \\"mesh\\"", 299 - "two"')
    api = api_of(serve(in_turn((200, {}, [header, ("Warning", '299 - "two"')]))))
    api.request("GET", "/x")
    api.request("GET", "/x")
    assert api.warnings == ('old "mesh"', "two")


def test_the_log_hears_method_path_status_and_time_only(serve) -> None:
    heard: list[tuple[Any, ...]] = []
    api = api_of(serve(in_turn(LOST, (200, {}))), log=lambda *row: heard.append(row))
    api.request("GET", "/x", query={"labelSelector": "a=b"})
    assert [row[:3] for row in heard] == [("GET", "/x", 0), ("GET", "/x", 200)]
    assert all(isinstance(row[3], float) for row in heard)


def test_a_list_of_secrets_is_refused_unless_asked_for(serve) -> None:
    source = ClusterSource(api_of(serve(in_turn((200, page())))))
    with pytest.raises(AssertionError):
        source.read([Want(SECRET, ("shop",))])
    assert source.read([Want(SECRET, ("shop",), label_selector="")]).documents == ()


def test_a_name_that_leads_elsewhere_is_refused(serve) -> None:
    server = serve(in_turn((200, page())))
    with pytest.raises(InvalidInput):
        ClusterSource(api_of(server)).read([Want(SECRET, ("shop",), "../configmaps/x")])
    assert server.requests == []


def test_where_nothing_listens_the_refusal_is_named(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        flags = ConnectionFlags(server=f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(Unreachable, match="connection refused"):
            connect(flags, {"HOME": str(tmp_path)}, "test").request("GET", "/x")
