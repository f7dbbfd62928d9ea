"""The outcome matrix (4.2): what the client sends against what the server accepts, row by row."""

from typing import Any

import pytest

from kubectl_mtls.model.kind import CONFIG_MAP, DESTINATION_RULE, POD, SERVICE_ENTRY, SIDECAR, Kind
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.fault import Fault, Proviso, UnknownBy
from kubectl_mtls.posture.connection.verdict import Verdict, aggregate
from tests.posture.clients import (
    client,
    connect,
    connections,
    endpoints,
    mesh,
    networking,
    rule,
    server,
    service,
    workload,
)
from tests.posture.meshes import envoy_filter, forbidden, manifest, mesh_config, policy, snapshot_of

FILES = {"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k"}
SENT: dict[str, Any] = {
    "P": {"mode": "DISABLE"},
    "M": {"mode": "ISTIO_MUTUAL"},
    "S": {"mode": "SIMPLE"},
    "U": FILES,
    "skip": {"mode": "SIMPLE", "insecureSkipVerify": True},
}
NAKED = server(proxy=None)


@pytest.mark.parametrize(
    ("sent", "port", "disable", "permissive", "strict"),
    [
        pytest.param("P", "http", "PLAINTEXT", "PLAINTEXT", Fault.PLAINTEXT_REFUSED, id="plaintext"),
        pytest.param("P", "tcp", "PLAINTEXT", "PLAINTEXT", Fault.PLAINTEXT_REFUSED, id="plaintext to a TCP port"),
        pytest.param("M", "http", Fault.TLS_TO_PLAINTEXT, "mTLS", "mTLS", id="TLS of the mesh"),
        pytest.param("M", "tcp", Fault.TLS_TO_APPLICATION, "mTLS", "mTLS", id="TLS of the mesh to a TCP port"),
        pytest.param("M", "", Fault.TLS_TO_APPLICATION, "mTLS", "mTLS", id="TLS of the mesh to a port without name"),
        pytest.param(
            "S", "http", Fault.TLS_TO_PLAINTEXT, Fault.FOREIGN_TLS_REFUSED, Fault.SERVER_REFUSED, id="one-way TLS"
        ),
        pytest.param(
            "S", "tcp", UnknownBy.APPLICATION, UnknownBy.APPLICATION, Fault.SERVER_REFUSED, id="one-way TLS to TCP"
        ),
        pytest.param("S", "https", "TLS", "TLS", Fault.SERVER_REFUSED, id="one-way TLS to a port that says TLS"),
        pytest.param("skip", "https", "TLS", "TLS", Fault.CLIENT_REFUSED, id="one-way TLS that verifies nothing"),
        pytest.param(
            "U", "http", Fault.TLS_TO_PLAINTEXT, Fault.FOREIGN_TLS_REFUSED, Fault.SERVER_REFUSED, id="a foreign pair"
        ),
        pytest.param("U", "tls", "mTLS", "mTLS", Fault.SERVER_REFUSED, id="a foreign pair to a port that says TLS"),
    ],
)
def test_a_sidecar_answers_by_what_is_sent_to_which_port_under_its_mode(
    sent: str, port: str, disable: Any, permissive: Any, strict: Any
) -> None:
    for mode, expected in (("DISABLE", disable), ("PERMISSIVE", permissive), ("STRICT", strict)):
        found = connect(*mesh(rule(tls=SENT[sent]), policy(mode=mode), port_name=port)).outcome
        assert expected in (found.fault, found.unknown, found.verdict), (mode, found)


@pytest.mark.parametrize(
    ("sent", "port", "expected"),
    [
        pytest.param("P", "http", "PLAINTEXT", id="plaintext"),
        pytest.param("M", "http", Fault.TLS_TO_PLAINTEXT, id="TLS of the mesh"),
        pytest.param("M", "https", Fault.SERVER_REFUSED, id="TLS of the mesh to an application with TLS"),
        pytest.param("S", "http", UnknownBy.APPLICATION, id="one-way TLS"),
        pytest.param("S", "https", "TLS", id="one-way TLS to an application with TLS"),
        pytest.param("U", "tls", "mTLS", id="a pair of one's own to an application with TLS"),
    ],
)
def test_at_a_pod_without_proxy(sent: str, port: str, expected: Any) -> None:
    found = connect(*mesh(rule(tls=SENT[sent]), behind=[NAKED], port_name=port)).outcome
    assert expected in (found.fault, found.unknown, found.verdict), found


@pytest.mark.parametrize(
    ("tls", "sent", "expected"),
    [
        pytest.param(None, "P", "PLAINTEXT", id="plaintext listener"),
        pytest.param(None, "M", Fault.TLS_TO_PLAINTEXT, id="TLS to a plaintext listener"),
        pytest.param("SIMPLE", "P", Fault.TLS_DEMANDED, id="plaintext to a TLS listener"),
        pytest.param("SIMPLE", "S", "TLS", id="one-way"),
        pytest.param("SIMPLE", "M", Fault.SERVER_REFUSED, id="TLS of the mesh to a foreign certificate"),
        pytest.param("MUTUAL", "S", Fault.CLIENT_REFUSED, id="no certificate where one is demanded"),
        pytest.param("MUTUAL", "U", "mTLS", id="mutual"),
        pytest.param("OPTIONAL_MUTUAL", "S", "TLS", id="a certificate is optional"),
        pytest.param("ISTIO_MUTUAL", "M", "mTLS", id="TLS of the mesh"),
        pytest.param("ISTIO_MUTUAL", "S", Fault.SERVER_REFUSED, id="other TLS"),
        pytest.param("PASSTHROUGH", "M", UnknownBy.GATEWAY_PASSES, id="passed on"),
    ],
)
def test_a_gateway_answers_by_its_listeners_mode_and_what_is_sent(tls: str | None, sent: str, expected: Any) -> None:
    listener: dict[str, Any] = {"port": {"number": 80, "protocol": "HTTPS" if tls else "HTTP"}, "hosts": ["*"]}
    listener |= {"tls": {"mode": tls}} if tls else {}
    gateway = networking("Gateway", "shop", "gw", selector={"app": "cart"}, servers=[listener])
    router = server(proxy=("proxy", "router"))
    found = connect(*mesh(rule(tls=SENT[sent]), gateway, behind=[router])).outcome
    assert expected in (found.fault, found.unknown, found.verdict), found


def test_at_a_gateways_tls_listener_an_application_may_speak_tls_itself_where_the_port_says_so() -> None:
    listener = {"port": {"number": 80, "protocol": "HTTPS"}, "hosts": ["*"], "tls": {"mode": "SIMPLE"}}
    gateway = networking("Gateway", "shop", "gw", selector={"app": "cart"}, servers=[listener])
    found = connect(*mesh(gateway, behind=[server(proxy=("proxy", "router"))], port_name="https"))
    assert found.outcome.unknown is UnknownBy.APPLICATION


def test_a_gateway_without_server_on_the_port_takes_nothing() -> None:
    found = connect(*mesh(behind=[server(proxy=("proxy", "router"))]))
    assert found.outcome.fault is Fault.NOTHING_LISTENS


def entry(resolution: str) -> Manifest:
    ports = [{"number": 443, "name": "https", "protocol": "HTTPS"}]
    spec = {"hosts": ["api.example"], "location": "MESH_EXTERNAL", "resolution": resolution, "ports": ports}
    return networking("ServiceEntry", "front", "partner", **spec)


@pytest.mark.parametrize(
    ("sent", "verdict", "proviso"),
    [
        pytest.param(None, "PLAINTEXT", None, id="never auto mTLS"),
        pytest.param("S", "TLS", Proviso.SERVER_SPEAKS_TLS, id="one-way"),
        pytest.param("U", "mTLS", Proviso.SERVER_SPEAKS_TLS, id="mutual"),
        pytest.param("M", "FAILS", None, id="the mesh's certificate"),
    ],
)
@pytest.mark.parametrize("resolution", ["DNS", "NONE"])
def test_outside_of_the_mesh(sent: str | None, verdict: str, proviso: Proviso | None, resolution: str) -> None:
    more = [rule(host="api.example", tls=SENT[sent])] if sent else []
    found = connect(client(), entry(resolution), *more, host="api.example", port=443)
    assert (found.verdict, found.outcome.proviso) == (verdict, proviso)


@pytest.mark.parametrize(
    ("sent", "location", "expected"),
    [
        pytest.param(None, "MESH_EXTERNAL", Verdict.PLAINTEXT, id="its policies are none of ours"),
        pytest.param("M", "MESH_EXTERNAL", Verdict.MTLS, id="a proxy of a mesh stands there"),
        pytest.param("S", "MESH_EXTERNAL", Verdict.TLS, id="one-way"),
        pytest.param("P", "MESH_INTERNAL", Fault.PLAINTEXT_REFUSED, id="of our mesh, policies hold"),
    ],
)
def test_an_endpoint_with_a_service_account_is_judged_by_where_its_entry_says_that_it_is(
    sent: str | None, location: str, expected: object
) -> None:
    outside = entry("STATIC")
    outside["spec"] |= {"location": location, "endpoints": [{"address": "10.9.0.1", "serviceAccount": "partner"}]}
    more = [rule(host="api.example", tls=SENT[sent])] if sent else []
    strict = policy("p", "STRICT", namespace="front")
    found = connect(client(), outside, strict, *more, host="api.example", port=443)
    assert expected in (found.verdict, found.outcome.fault), found


def test_names_that_the_server_never_has() -> None:
    wanted = {"mode": "ISTIO_MUTUAL", "subjectAltNames": ["spiffe://cluster.local/ns/x/sa/y"]}
    assert connect(*mesh(rule(tls=wanted))).outcome.fault is Fault.SERVER_REFUSED
    wanted["subjectAltNames"] = ["spiffe://cluster.local/ns/shop/sa/default"]
    assert connect(*mesh(rule(tls=wanted))).verdict is Verdict.MTLS


def test_trust_domains_that_do_not_know_each_other() -> None:
    other = mesh_config("trustDomain: other.example", revision="other")
    default = mesh_config("trustDomain: cluster.local")
    far = server(annotations={"istio.io/rev": "other"})
    assert connect(*mesh(default, other, behind=[far])).outcome.fault is Fault.CLIENT_REFUSED
    both = "trustDomain: other.example\ntrustDomainAliases: [cluster.local]"
    here = mesh_config("trustDomain: cluster.local\ntrustDomainAliases: [other.example]")
    assert connect(*mesh(here, mesh_config(both, revision="other"), behind=[far])).verdict is Verdict.MTLS


def allow(*sources: dict[str, Any], **spec: Any) -> Manifest:
    rules = [{"from": [{"source": source} for source in sources]}] if sources else [{}]
    return manifest("security.istio.io/v1", "AuthorizationPolicy", "shop", "cart", spec={"rules": rules, **spec})


@pytest.mark.parametrize(
    ("authorization", "refused"),
    [
        pytest.param(allow({"principals": ["*"]}), True, id="any identity"),
        pytest.param(allow({"namespaces": ["front"]}), True, id="a namespace is part of the identity"),
        pytest.param(allow({"principals": ["*"]}, {"ipBlocks": ["10.0.0.0/8"]}), False, id="an address will do"),
        pytest.param(allow(), False, id="everything"),
        pytest.param(allow({"principals": ["*"]}, selector={"matchLabels": {"app": "x"}}), False, id="other pods"),
        pytest.param(allow({"principals": ["*"]}, action="AUDIT"), False, id="only noted"),
        pytest.param(allow({"notPrincipals": ["a"]}, action="DENY"), True, id="denied to all but one"),
    ],
)
def test_a_policy_that_demands_an_identity_refuses_plaintext(authorization: Manifest, refused: bool) -> None:
    plain = connect(*mesh(rule(mode="DISABLE"), authorization))
    assert (plain.outcome.fault is Fault.IDENTITY_REQUIRED) is refused
    assert connect(*mesh(authorization)).verdict is Verdict.MTLS


def test_without_endpoints_nothing_is_known() -> None:
    assert connect(*mesh(behind=[])).outcome.unknown is UnknownBy.NO_ENDPOINTS


def test_terminating_endpoints_are_nobody() -> None:
    slice_ = endpoints(server())
    slice_["endpoints"][0]["conditions"] = {"ready": False, "terminating": True}
    assert connect(client(), server(), service(), slice_).results == ()


def test_clients_without_proxy_send_plaintext() -> None:
    naked = [client(proxy=None), *mesh(policy(mode="STRICT"))[1:]]
    assert connect(*naked).outcome.fault is Fault.PLAINTEXT_REFUSED
    past = client(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "80, 443"})
    assert connect(past, *mesh(policy(mode="STRICT"))[1:]).outcome.fault is Fault.PLAINTEXT_REFUSED


def test_a_port_kept_from_the_server_s_proxy_reads_tls_as_garbage() -> None:
    kept = server(annotations={"traffic.sidecar.istio.io/excludeInboundPorts": "8080"})
    found = connect(*mesh(behind=[kept]))
    assert (found.wire, found.outcome.fault) == ("ISTIO_MUTUAL", Fault.TLS_TO_PLAINTEXT)


@pytest.mark.parametrize(
    ("context", "known"),
    [("SIDECAR_OUTBOUND", False), ("ANY", False), ("GATEWAY", True), ("SIDECAR_INBOUND", True)],
)
def test_a_filter_that_patches_the_client_hides_what_it_sends(context: str, known: bool) -> None:
    patch = envoy_filter(namespace="front", apply_to="CLUSTER", context=context)
    assert (connect(*mesh(patch)).verdict is Verdict.MTLS) is known


@pytest.mark.parametrize(
    ("namespace", "rules", "known"),
    [
        pytest.param("front", [rule()], False, id="the client's namespace"),
        pytest.param("shop", [rule()], True, id="a nearer rule decides whatever is there"),
        pytest.param("shop", [], False, id="the service's namespace"),
        pytest.param("istio-system", [rule(namespace="shop")], True, id="the root's comes last"),
        pytest.param("bank", [], True, id="a namespace that is not looked at"),
    ],
)
def test_rules_that_could_not_be_read_leave_the_verdict_unknown(
    namespace: str, rules: list[Manifest], known: bool
) -> None:
    snapshot = snapshot_of(mesh(*rules), gaps=[forbidden(DESTINATION_RULE, namespace)])
    assert (connections(snapshot)[None].outcome.unknown is not UnknownBy.GAP) is known


@pytest.mark.parametrize(
    ("kind", "namespace", "known"),
    [
        pytest.param(SIDECAR, "front", False, id="a Sidecar of the client"),
        pytest.param(SIDECAR, "istio-system", False, id="a Sidecar for everybody"),
        pytest.param(SIDECAR, "shop", True, id="a Sidecar of others"),
        pytest.param(SERVICE_ENTRY, "front", False, id="a ServiceEntry that may replace the host"),
        pytest.param(SERVICE_ENTRY, "bank", True, id="a ServiceEntry elsewhere"),
        pytest.param(POD, "shop", False, id="the server's pods"),
        pytest.param(POD, "bank", True, id="other pods"),
        pytest.param(CONFIG_MAP, "istio-system", False, id="the MeshConfig"),
    ],
)
def test_what_could_not_be_read_counts_where_it_may_decide(kind: Kind, namespace: str, known: bool) -> None:
    gap = forbidden(kind, namespace, "istio" if kind == CONFIG_MAP else None)
    found = connections(snapshot_of(mesh(), gaps=[gap]))[None]
    assert (found.outcome.unknown is not UnknownBy.GAP) is known


def test_an_alias_is_the_connection_to_its_target() -> None:
    alias = manifest(
        "v1",
        "Service",
        "front",
        "alias",
        spec={"type": "ExternalName", "externalName": "cart.shop.svc.cluster.local", "ports": [{"port": 80}]},
    )
    found = connect(*mesh(alias), host="alias.front.svc.cluster.local")
    assert (found.verdict, found.host.name) == (Verdict.MTLS, "alias.front.svc.cluster.local")


@pytest.mark.parametrize("target", ["alias.front.svc.cluster.local", "other.front.svc.cluster.local"])
def test_aliases_in_a_circle_lead_nowhere(target: str) -> None:
    def alias(name: str, of: str) -> Manifest:
        spec = {"type": "ExternalName", "externalName": of, "ports": [{"port": 80}]}
        return manifest("v1", "Service", "front", name, spec=spec)

    host = "alias.front.svc.cluster.local"
    assert connect(client(), alias("alias", target), alias("other", host), host=host).cluster is None


def test_ambient_clients_use_hbone_and_say_that_this_is_from_documentation() -> None:
    captured = {"ambient.istio.io/redirection": "enabled"}
    web = workload("web", "front", "10.0.1.1", proxy=None, annotations=captured)
    cart = server(proxy=None, annotations=captured)
    found = connect(web, cart, service(), endpoints(cart))
    assert (found.wire, found.verdict, found.basis) == ("HBONE", Verdict.MTLS, "documentation")


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ([], "UNKNOWN"),
        (["mTLS", "mTLS"], "mTLS"),
        (["mTLS", "PLAINTEXT"], "MIXED"),
        (["mTLS", "FAILS"], "MIXED"),
        (["FAILS", "FAILS"], "FAILS"),
        (["mTLS", "UNKNOWN"], "UNKNOWN"),
        (["FAILS", "UNKNOWN"], "MIXED"),
    ],
)
def test_verdicts_of_parts_make_one(verdicts: list[str], together: str) -> None:
    assert aggregate(map(Verdict, verdicts)) == together
