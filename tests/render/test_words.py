"""The sentences of answers: why a mode is what it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD
from kubectl_mtls.model.metadata import Changed
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.server.services import ServiceRow, resolve_services
from kubectl_mtls.render.words import changed_words, decision_words, mode_words, row_words
from tests.posture.meshes import (
    ROOT,
    accepts,
    endpoint_slice,
    envoy_filter,
    forbidden,
    pod,
    policy,
    service,
    snapshot_of,
)

NOW = datetime(2026, 8, 1, tzinfo=UTC)
CART = {"app": "cart"}


def changed(hours: int, *path: str) -> dict[str, Any]:
    owned: dict[str, Any] = {}
    for key in reversed(path):
        owned = {f"f:{key}": owned}
    time = (NOW - timedelta(hours=hours)).isoformat()
    return {"managedFields": [{"manager": "kubectl-edit", "time": time, "fieldsV1": owned}]}


def edited(hours: int, one: Manifest) -> Manifest:
    return {**one, "metadata": {**one["metadata"], **changed(hours, "spec", "mtls", "mode")}}


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        pytest.param([pod()], "Istio's default (no policy)", id="no policy"),
        pytest.param([pod(), policy(mode="STRICT")], "peerauthentication/default", id="a policy of the own namespace"),
        pytest.param(
            [pod(), policy(mode="STRICT", namespace=ROOT)],
            "peerauthentication/default -n istio-system",
            id="a policy of another namespace",
        ),
        pytest.param(
            [pod(), policy("cart", select=CART, ports={8080: "DISABLE"})],
            "peerauthentication/cart (port 8080)",
            id="a port's mode",
        ),
        pytest.param(
            [pod(), edited(2, policy(mode="STRICT"))],
            "peerauthentication/default, changed 2h ago by kubectl-edit",
            id="changed lately",
        ),
        pytest.param([pod(), edited(25, policy(mode="STRICT"))], "peerauthentication/default", id="changed long ago"),
        pytest.param(
            [pod(), policy("a", "STRICT", created=None), policy("b", "STRICT", created=None)],
            "peerauthentication/a (assumed)",
            id="assumed",
        ),
        pytest.param([pod(proxy=None)], "no proxy", id="no proxy"),
        pytest.param(
            [pod(annotations={"sidecar.istio.io/interceptionMode": "NONE"})],
            "port kept from the proxy by sidecar.istio.io/interceptionMode",
            id="kept from the proxy",
        ),
        pytest.param([pod(proxy=("proxy", "router"))], "gateway: its Gateway objects decide", id="gateway"),
        pytest.param([pod(), envoy_filter()], "envoyfilter/patch -n shop patches inbound listeners", id="EnvoyFilter"),
    ],
)
def test_what_decided_is_said(mesh: list[Manifest], words: str) -> None:
    assert decision_words(accepts(mesh), "shop", NOW) == words


def test_what_could_not_be_read_is_said() -> None:
    answer = accepts([pod()], gaps=[forbidden(PEER_AUTHENTICATION, "shop")])
    assert decision_words(answer, "shop", NOW) == "not readable: peerauthentications forbidden"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, ""),
        (Changed(None, "x"), ""),
        (Changed(NOW - timedelta(minutes=40), "kubectl-edit"), "changed 40m ago by kubectl-edit"),
        (Changed(NOW - timedelta(minutes=40), ""), "changed 40m ago"),
        (Changed(NOW, "x"), "changed 0s ago by x"),
        (Changed(NOW + timedelta(hours=1), "x"), "changed at 2026-08-01T01:00:00Z by x"),
    ],
)
def test_when_and_by_whom(change: Changed | None, words: str) -> None:
    assert changed_words(change, NOW) == words


def row(*mesh: Manifest, **rest: Any) -> ServiceRow:
    return resolve_services(snapshot_of(mesh, **rest))[0]


@pytest.mark.parametrize(
    ("found", "mode", "words"),
    [
        pytest.param(row(service(), endpoint_slice()), "-", "no endpoints", id="no endpoints"),
        pytest.param(row(service(ports=[])), "-", "no ports", id="no ports"),
        pytest.param(row(service(type="ExternalName", externalName="a.b")), "-", "alias of a.b", id="alias with ports"),
        pytest.param(row(service(ports=[{"port": 1, "protocol": "UDP"}])), "-", "UDP is not proxied", id="UDP"),
        pytest.param(
            row(service(), pod("a", proxy=None), pod("b", proxy=None), endpoint_slice("a", "b")),
            "NONE",
            "no proxy in 2 of 2 pods",
            id="no proxy at all",
        ),
        pytest.param(
            row(service(), pod("a"), pod("b"), policy(mode="STRICT"), endpoint_slice("a", "b")),
            "STRICT",
            "peerauthentication/default",
            id="all alike",
        ),
        pytest.param(
            row(service(), pod("a"), pod("b", proxy=None), endpoint_slice("a", "b")),
            "MIXED 1 NONE, 1 PERMISSIVE",
            "Istio's default (no policy) (1 of 2), no proxy (1 of 2)",
            id="mixed",
        ),
        pytest.param(
            row(service(), pod("a"), endpoint_slice("a", addresses=["192.0.2.1"])),
            "MIXED 1 NONE, 1 PERMISSIVE",
            "Istio's default (no policy) (1 of 2), addresses that are no pod (1 of 2)",
            id="strangers",
        ),
        pytest.param(
            row(service(), pod("a"), endpoint_slice("a", "b"), gaps=[forbidden(POD, "shop")]),
            "MIXED 1 PERMISSIVE, 1 UNKNOWN",
            "Istio's default (no policy) (1 of 2), not readable: pods forbidden (1 of 2)",
            id="a pod that could not be read",
        ),
        pytest.param(
            row(service(), gaps=[forbidden(POD, "shop")]),
            "UNKNOWN",
            "not readable: pods forbidden",
            id="no pod was read",
        ),
        pytest.param(row(service(), pod()), "PERMISSIVE", "Istio's default (no policy) (assumed)", id="by selector"),
    ],
)
def test_a_row_says_its_mode_and_every_reason(found: ServiceRow, mode: str, words: str) -> None:
    assert (mode_words(found), row_words(found, NOW)) == (mode, words)
