"""Ambient pods: what ztunnel denies (1.9 of the specification, quirks A1 to A3), and what sidecars send them (3.6)."""

from typing import Any

import pytest

from kubectl_mtls.model.kind import PEER_AUTHENTICATION, Kind
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.server.accepts import Doubt, Unknown
from kubectl_mtls.posture.server.services import resolve_services
from tests.posture.clients import client, connect, endpoints, rule, server, service
from tests.posture.meshes import ROOT, accepts, forbidden, istiod, policy, snapshot_of

CAPTURED = {"ambient.istio.io/redirection": "enabled"}
AMBIENT = server(proxy=None, annotations=CAPTURED)
SENDS = istiod(env={"PILOT_ENABLE_AMBIENT": "true"})


def to_ambient(*more: Manifest) -> Any:
    return connect(client(proxy=None), AMBIENT, service(), endpoints(AMBIENT), *more)


def mesh_wide(mode: str) -> Manifest:
    return policy("mesh", mode, namespace="istio-system")


def own(mode: str | None, ports: dict[int, str | None] | None = None) -> Manifest:
    return policy("own", mode, select={"app": "cart"}, ports=ports)


@pytest.mark.parametrize(
    ("policies", "denied"),
    [
        pytest.param([], False, id="no policy"),
        pytest.param([mesh_wide("STRICT")], True, id="the mesh is STRICT"),
        pytest.param([mesh_wide("STRICT"), policy(mode="DISABLE")], False, id="DISABLE is as PERMISSIVE"),
        pytest.param([own("STRICT")], True, id="the workload is STRICT"),
        pytest.param([own("STRICT", {8080: "PERMISSIVE"})], False, id="an exception for the port"),
        pytest.param([own("STRICT", {8080: "DISABLE"})], False, id="an exception by DISABLE"),
        pytest.param([own("STRICT", {9: "PERMISSIVE"})], True, id="an exception for another port"),
        pytest.param([own("PERMISSIVE", {8080: "STRICT"})], True, id="STRICT for the port alone"),
        pytest.param([own(None, {8080: "STRICT"})], True, id="UNSET, STRICT for the port"),
        pytest.param([policy(mode="STRICT"), own(None, {8080: "PERMISSIVE"})], False, id="inherited STRICT"),
        pytest.param([policy(mode="STRICT"), own(None, {8080: "DISABLE"})], True, id="A1: DISABLE is none"),
        pytest.param([mesh_wide("STRICT"), own("PERMISSIVE", {8080: "STRICT"})], False, id="A2: the port is skipped"),
        pytest.param(
            [mesh_wide("STRICT"), policy(), own(None, {9: "PERMISSIVE"})], False, id="A3: an exception opens every port"
        ),
    ],
)
def test_ztunnel_denies_plaintext_by_its_own_reading_of_policies(policies: list[Manifest], denied: bool) -> None:
    found = to_ambient(*policies)
    assert (found.outcome.fault is Fault.AMBIENT_POLICY) is denied
    assert found.basis == "documentation"


@pytest.mark.parametrize(
    ("policies", "mode"),
    [
        pytest.param([mesh_wide("STRICT")], "STRICT", id="plaintext is denied"),
        pytest.param([mesh_wide("DISABLE")], "PERMISSIVE", id="DISABLE is as PERMISSIVE: HBONE is still taken"),
        pytest.param([], "PERMISSIVE", id="no policy"),
    ],
)
def test_rows_and_plans_see_what_an_ambient_pod_accepts(policies: list[Manifest], mode: str) -> None:
    (row,) = resolve_services(snapshot_of([AMBIENT, service(), endpoints(AMBIENT), *policies]))
    assert dict(row.modes) == {mode: 1}


@pytest.mark.parametrize(
    ("kind", "namespace"),
    [pytest.param(PEER_AUTHENTICATION, "shop", id="its own"), pytest.param(PEER_AUTHENTICATION, ROOT, id="the mesh's")],
)
def test_policies_that_could_not_be_read_leave_an_ambient_pod_unknown(kind: Kind, namespace: str) -> None:
    found = accepts([AMBIENT], name="cart", gaps=[forbidden(kind, namespace)])
    assert isinstance(found, Unknown)
    assert found.why is Doubt.GAP


@pytest.mark.parametrize(
    ("more", "wire", "verdict"),
    [
        pytest.param([SENDS], "HBONE", "mTLS", id="HBONE where the control plane sends it"),
        pytest.param([SENDS, rule(mode="DISABLE")], "HBONE", "mTLS", id="whatever a rule says"),
        pytest.param([SENDS, rule(mode="ISTIO_MUTUAL")], "HBONE", "mTLS", id="instead of TLS of the mesh"),
        pytest.param([SENDS, mesh_wide("STRICT")], "HBONE", "mTLS", id="STRICT or not"),
        pytest.param(
            [SENDS, rule(mode="SIMPLE")], "HBONE", "UNKNOWN", id="a rule's own TLS goes inside, to whom it may"
        ),
        pytest.param([rule(mode="SIMPLE"), mesh_wide("STRICT")], "SIMPLE", "FAILS", id="or is denied outside"),
        pytest.param([], "PLAINTEXT", "PLAINTEXT", id="plaintext where it does not"),
        pytest.param([rule(mode="ISTIO_MUTUAL")], "ISTIO_MUTUAL", "FAILS", id="reaches the application"),
        pytest.param([mesh_wide("STRICT")], "PLAINTEXT", "FAILS", id="and is denied at STRICT"),
    ],
)
def test_a_sidecar_towards_an_ambient_pod(more: list[Manifest], wire: str, verdict: str) -> None:
    found = connect(client(), AMBIENT, service(), endpoints(AMBIENT), *more)
    assert (found.wire, found.verdict, found.basis) == (wire, Verdict(verdict), "documentation")


def test_endpoints_with_tls_of_the_mesh_keep_it() -> None:
    both = server(labels={"networking.istio.io/tunnel": "http"})
    assert connect(client(), both, service(), endpoints(both), SENDS).wire == "ISTIO_MUTUAL"
