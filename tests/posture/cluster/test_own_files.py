"""Proxies that present certificate files of their own (2.4; TestBuildUpstreamTLSSettings of cluster_tls_test.go)."""

from typing import Any

import pytest

from kubectl_mtls.model.proxy_files import ProxyFiles
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.cluster.client_tls import Dropped
from kubectl_mtls.posture.cluster.server_name import server_name
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.evidence import Side, resolve_evidence
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.posture.mesh.decider import decider_of
from tests.posture.clients import (
    HOST,
    client,
    connect,
    connections,
    mesh,
    networking,
    rule,
    server,
    traffic_in,
    workload,
)
from tests.posture.meshes import istiod, manifest, mesh_config, policy, snapshot_of

CHAIN = "ISTIO_META_TLS_CLIENT_CERT_CHAIN"
FILES = {
    CHAIN: "/etc/own/chain.pem",
    "ISTIO_META_TLS_CLIENT_KEY": "/etc/own/key.pem",
    "ISTIO_META_TLS_CLIENT_ROOT_CERT": "/etc/own/root.pem",
}
WRITTEN = "proxyMetadata:" + "".join(f"\n  {key}: {value}" for key, value in FILES.items())
CONFIG = "proxy.istio.io/config"
WITH_FILES = client(annotations={CONFIG: WRITTEN})
PARTNER = networking(
    "ServiceEntry",
    "front",
    "partner",
    hosts=["api.example"],
    location="MESH_EXTERNAL",
    resolution="DNS",
    ports=[{"number": 80, "name": "http", "protocol": "HTTP"}],
)
SECOND = workload("cart-2", "shop", "10.0.0.2", labels={"app": "cart"}, proxy=None)


def to_cart(*more: Manifest, caller: Manifest = WITH_FILES, **of_mesh: Any) -> Connection:
    return connect(caller, *mesh(*more, **of_mesh)[1:])


@pytest.mark.parametrize(
    ("more", "wire", "presented"),
    [
        pytest.param([], "MUTUAL", True, id="auto mTLS"),
        pytest.param([rule(mode="ISTIO_MUTUAL")], "MUTUAL", True, id="ISTIO_MUTUAL"),
        pytest.param(
            [rule(tls={"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k"})], "MUTUAL", True, id="MUTUAL"
        ),
        pytest.param(
            [rule(tls={"mode": "MUTUAL", "credentialName": "x"})],
            "MUTUAL",
            True,
            id="a credential that is dropped else",
        ),
        pytest.param([rule(mode="SIMPLE")], "SIMPLE", False, id="SIMPLE stays"),
        pytest.param([rule(mode="DISABLE")], "PLAINTEXT", False, id="DISABLE stays"),
        pytest.param([mesh_config("enableAutoMtls: false")], "PLAINTEXT", False, id="a closed gate stays closed"),
        pytest.param([policy(mode="DISABLE")], "PLAINTEXT", False, id="by the namespace, too"),
    ],
)
def test_what_the_files_take_the_place_of(more: list[Manifest], wire: str, presented: bool) -> None:
    found = to_cart(*more)
    assert found.cluster is not None
    assert (found.wire, found.cluster.files is not None, found.cluster.dropped) == (wire, presented, None)
    assert not presented or found.cluster.files == ProxyFiles(*FILES.values())


def test_auto_mtls_tells_no_endpoints_apart_then() -> None:
    found = to_cart(behind=[server(), SECOND])
    assert [one.wire for one in found.results] == ["MUTUAL", "MUTUAL"]
    assert [one.wire for one in connect(*mesh(behind=[server(), SECOND])).results] == ["ISTIO_MUTUAL", "PLAINTEXT"]


@pytest.mark.parametrize(
    ("mode", "fault"),
    [("STRICT", Fault.SERVER_REFUSED), ("PERMISSIVE", Fault.FOREIGN_TLS_REFUSED), ("DISABLE", Fault.TLS_TO_PLAINTEXT)],
)
def test_servers_take_it_for_a_foreign_certificate(mode: str, fault: Fault) -> None:
    assert to_cart(policy(mode=mode), rule(mode="ISTIO_MUTUAL")).outcome.fault is fault


@pytest.mark.parametrize(("preferred", "wire"), [("true", "ISTIO_MUTUAL"), ("false", "MUTUAL"), ("", "ISTIO_MUTUAL")])
def test_towards_hosts_outside_a_flag_says_whether_rules_go_first(preferred: str, wire: str) -> None:
    plane = istiod(env={"PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES": preferred})
    found = connect(WITH_FILES, PARTNER, rule(host="api.example", mode="ISTIO_MUTUAL"), plane, host="api.example")
    assert found.wire == wire


def test_without_a_key_there_is_no_tls_at_all() -> None:
    found = to_cart(caller=client(annotations={CONFIG: f"proxyMetadata: {{{CHAIN}: /etc/own/chain.pem}}"}))
    assert found.cluster is not None
    assert (found.wire, found.cluster.dropped) == ("PLAINTEXT", Dropped.NO_KEY)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        pytest.param([], f"outbound_.80_._.{HOST}", id="auto mTLS keeps istiod's name of the cluster"),
        pytest.param([rule(mode="ISTIO_MUTUAL")], HOST, id="a rule without name leaves it to the request"),
        pytest.param([rule(tls={"mode": "ISTIO_MUTUAL", "sni": "own.example"})], "own.example", id="a rule's own"),
    ],
)
def test_the_server_name(more: list[Manifest], name: str) -> None:
    found = to_cart(*more)
    assert found.cluster is not None
    assert server_name(found.cluster, found.wire) == name


def test_the_evidence_names_the_variable_and_the_block_that_lost() -> None:
    snapshot = snapshot_of([WITH_FILES, *mesh(rule(mode="ISTIO_MUTUAL"))[1:]])
    first, *_ = resolve_evidence(connections(snapshot)[None], snapshot.destination_rules, None)
    assert (first.side, first.object, first.value) == (Side.CLIENT, None, f"the proxy's own {CHAIN} /etc/own/chain.pem")
    assert [(one.object.name, one.value, one.why) for one in first.overruled] == [
        ("cart", "ISTIO_MUTUAL", "the proxy presents files of its own")
    ]


def test_clients_with_files_are_counted_apart_and_no_rule_is_blamed() -> None:
    other = workload("other", "front", "10.0.1.2")
    strict = mesh(policy(mode="STRICT"), rule(mode="ISTIO_MUTUAL"), other)[1:]
    snapshot = snapshot_of([WITH_FILES, *strict])
    (traffic,) = traffic_in(snapshot)
    assert traffic.counts == {Verdict.FAILS: 1, Verdict.MTLS: 2}
    decider = decider_of(traffic.clients)
    assert decider is not None
    assert (decider.object, decider.value) == (None, Obstacle.OWN_FILES.value)


def deployment(annotations: dict[str, str]) -> Manifest:
    labels = {"app": "web", "sidecar.istio.io/inject": "true"}
    template = {"metadata": {"labels": labels, "annotations": annotations}, "spec": {"containers": [{"name": "app"}]}}
    return manifest("apps/v1", "Deployment", "front", "web", spec={"template": template})


DEFAULTS = mesh_config("defaultConfig:\n  " + WRITTEN.replace("\n", "\n  "))
ONLY_KEY = "proxyMetadata: {ISTIO_META_TLS_CLIENT_KEY: /other.pem}"


@pytest.mark.parametrize(
    ("caller", "more", "files"),
    [
        pytest.param(client(), [], None, id="nobody says so"),
        pytest.param(client(annotations={CONFIG: WRITTEN}), [], FILES, id="the pod's annotation"),
        pytest.param(deployment({CONFIG: WRITTEN}), [], FILES, id="the template's annotation"),
        pytest.param(client(), [DEFAULTS], FILES, id="the mesh's defaults"),
        pytest.param(deployment({}), [DEFAULTS], FILES, id="the mesh's defaults, for pods yet to be made"),
        pytest.param(
            client(annotations={CONFIG: ONLY_KEY}),
            [DEFAULTS],
            {**FILES, "ISTIO_META_TLS_CLIENT_KEY": "/other.pem"},
            id="the annotation over the mesh's defaults, name by name",
        ),
        pytest.param(client(annotations={CONFIG: ONLY_KEY}), [], None, id="without certificate the others do nothing"),
        pytest.param(client(annotations={CONFIG: f"{{{CHAIN}"}), [], None, id="an annotation that is no YAML"),
        pytest.param(client(annotations={CONFIG: CHAIN}), [], None, id="an annotation that is a word"),
        pytest.param(client(annotations={CONFIG: f"proxyMetadata: {CHAIN}"}), [], None, id="of another shape"),
    ],
)
def test_where_files_are_asked_for(caller: Manifest, more: list[Manifest], files: dict[str, str] | None) -> None:
    cluster = connections(snapshot_of([caller, *mesh(*more)[1:]], live=False))[None].cluster
    assert cluster is not None
    assert cluster.files == (ProxyFiles(*files.values()) if files else None)
