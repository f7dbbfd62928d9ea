"""What istiod's metrics say of its signing certificate, through an API server on loopback."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kubectl_mtls.kube.connect import connect
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.istiod_metrics import parse_signing_end, read_signing_end
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.mesh.authority import resolve_authority
from tests.kube.scripted_server import LOST, Script, ScriptedServer, serving
from tests.posture.meshes import istiod, snapshot_of

END = datetime(2027, 1, 15, 8, tzinfo=UTC)
METRICS = b"""# HELP citadel_server_cert_chain_expiry_timestamp The unix timestamp, in seconds, when ...
# TYPE citadel_server_cert_chain_expiry_timestamp gauge
citadel_server_cert_chain_expiry_timestamp 1.8e+09
citadel_server_root_cert_expiry_timestamp 2.1e+09
"""
PATH = "GET /api/v1/namespaces/istio-system/services/istiod%3A15014/proxy/metrics"


@pytest.fixture
def serve() -> Iterator[Callable[[Script], ScriptedServer]]:
    with serving() as start:
        yield start


def asked(server: ScriptedServer) -> datetime | None:
    api = connect(ConnectionFlags(server=server.url), {}, "test", None, sleep=lambda _: None, chance=lambda: 0.0)
    leading = snapshot_of([istiod()]).leading_istiod
    assert leading is not None
    return read_signing_end(api, leading)


def test_the_service_of_istiod_is_asked_through_the_api_server(serve: Callable[[Script], ScriptedServer]) -> None:
    server = serve(lambda _: (200, METRICS))
    assert asked(server) == END
    assert server.requests == [PATH]


@pytest.mark.parametrize("answer", [(403, {"message": "forbidden"}), (503, {}), (404, {}), (200, b"ok"), LOST])
def test_any_other_answer_tells_nothing_and_nobody_asks_again(
    serve: Callable[[Script], ScriptedServer], answer: Any
) -> None:
    server = serve(lambda _: answer)
    assert asked(server) is None
    assert server.requests == [PATH]


@pytest.mark.parametrize(
    ("line", "end"),
    [
        pytest.param("1.8e+09", END, id="as Prometheus writes it"),
        pytest.param("1800000000", END, id="in whole seconds"),
        pytest.param("0", None, id="never recorded"),
        pytest.param("1e+99", None, id="beyond every calendar"),
        pytest.param("1.2.3", None, id="no number"),
    ],
)
def test_the_time_is_that_of_the_signing_certificate(line: str, end: datetime | None) -> None:
    metrics = f"citadel_server_root_cert_expiry_timestamp 2.1e+09\ncitadel_server_cert_chain_expiry_timestamp {line}\n"
    assert parse_signing_end(metrics.encode()) == end
    labelled = metrics.replace("chain_expiry_timestamp ", 'chain_expiry_timestamp{pod="istiod"} ')
    assert parse_signing_end(labelled.encode()) == end


def test_an_authority_that_signs_elsewhere_has_no_end_of_istiods() -> None:
    def end_of(snapshot: Snapshot) -> datetime | None:
        return resolve_authority(replace(snapshot, signing_ends_at=END), (), END).ends_at

    assert end_of(snapshot_of([istiod()])) == END
    assert end_of(snapshot_of([istiod(env={"ENABLE_CA_SERVER": "false"})])) is None
