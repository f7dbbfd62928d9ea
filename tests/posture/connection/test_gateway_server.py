"""What a gateway's port takes: servers by TLS mode, name and port, of Istio's Gateways and of the Gateway API's."""

from collections.abc import Sequence
from typing import Any

import pytest

from kubectl_mtls.model.kind import GATEWAY, GATEWAY_CLASS, KUBERNETES_GATEWAY, REFERENCE_GRANT, Kind
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.evidence import Side, resolve_evidence
from kubectl_mtls.posture.connection.fault import Fault, Proviso, UnknownBy
from kubectl_mtls.posture.credential.credentials import referenced_secrets
from kubectl_mtls.posture.credential.usage import resolve_usage
from tests.posture.clients import client, connect, connections, endpoints, mesh, networking, rule, server, service
from tests.posture.meshes import NEW, OLD, forbidden, istiod, manifest, snapshot_of

ROUTER = server(proxy=("proxy", "router"))
ROUTE_HOST = "cart.shop.svc.cluster.local"


def one_server(mode: str | None, *hosts: str, protocol: str = "HTTPS", port: int = 80, **tls: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"port": {"number": port, "protocol": protocol}, "hosts": list(hosts or ("*",))}
    return found | ({"tls": {"mode": mode, **tls}} if mode else {})


def gateway(*servers: dict[str, Any], name: str = "gw", namespace: str = "shop", created: str = OLD) -> Manifest:
    found = networking("Gateway", namespace, name, selector={"app": "cart"}, servers=list(servers))
    found["metadata"]["creationTimestamp"] = created
    return found


def outcome(*more: Manifest, mode: str | None = None, **tls: Any) -> Any:
    """What becomes of a client that has a rule with this TLS (none: plaintext, since gateways have no tlsMode)."""
    rules = [rule(tls={"mode": mode, **tls})] if mode else []
    return connect(*mesh(*rules, *more, behind=[ROUTER])).outcome


def said(found: Any) -> Any:
    return found.fault or found.unknown or found.verdict


PLAIN = one_server(None, protocol="HTTP")


@pytest.mark.parametrize(
    ("servers", "mode", "tls", "expected"),
    [
        pytest.param([PLAIN], None, {}, "PLAINTEXT", id="plaintext to HTTP"),
        pytest.param(
            [one_server("SIMPLE", protocol="HTTP", httpsRedirect=True)], None, {}, "PLAINTEXT", id="HTTP that redirects"
        ),
        pytest.param([one_server("SIMPLE")], None, {}, Fault.TLS_DEMANDED, id="plaintext to TLS"),
        pytest.param([one_server("SIMPLE")], "SIMPLE", {}, "TLS", id="one-way TLS"),
        pytest.param(
            [one_server("SIMPLE", credentialName="builtin://")], "ISTIO_MUTUAL", {}, "TLS", id="the mesh's own pair"
        ),
        pytest.param(
            [one_server("SIMPLE", credentialName="builtin://")],
            "SIMPLE",
            {},
            Fault.SERVER_REFUSED,
            id="the mesh's own pair before a foreign CA",
        ),
        pytest.param([one_server("MUTUAL")], "SIMPLE", {}, Fault.CLIENT_REFUSED, id="nothing to show"),
        pytest.param([one_server("OPTIONAL_MUTUAL")], "SIMPLE", {}, "TLS", id="may show nothing"),
        pytest.param([one_server("ISTIO_MUTUAL")], "ISTIO_MUTUAL", {}, "mTLS", id="TLS of the mesh"),
        pytest.param([one_server("PASSTHROUGH")], "SIMPLE", {}, UnknownBy.GATEWAY_PASSES, id="passed on"),
        pytest.param(
            [one_server("AUTO_PASSTHROUGH", protocol="TLS")],
            "ISTIO_MUTUAL",
            {},
            UnknownBy.GATEWAY_PASSES,
            id="passed on into the mesh",
        ),
        pytest.param([PLAIN], "SIMPLE", {}, Fault.TLS_TO_PLAINTEXT, id="TLS to HTTP"),
        pytest.param(
            [one_server("ISTIO_MUTUAL", "shop.example")],
            "ISTIO_MUTUAL",
            {},
            Fault.NAME_NOT_SERVED,
            id="the mesh's name is not the host's",
        ),
        pytest.param(
            [one_server("ISTIO_MUTUAL", "shop.example")],
            "ISTIO_MUTUAL",
            {"sni": "shop.example"},
            "mTLS",
            id="unless the rule asks for it",
        ),
        pytest.param([one_server("SIMPLE", "*.cluster.local")], "SIMPLE", {}, "TLS", id="a pattern for the name"),
        pytest.param(
            [one_server("MUTUAL", "*.cluster.local"), one_server("SIMPLE", ROUTE_HOST)],
            "SIMPLE",
            {},
            "TLS",
            id="the name itself goes before a pattern",
        ),
        pytest.param(
            [
                one_server("SIMPLE"),
                one_server("MUTUAL", "*.svc.cluster.local"),
                one_server("SIMPLE", "*.cluster.local"),
            ],
            "SIMPLE",
            {},
            Fault.CLIENT_REFUSED,
            id="the longest pattern counts",
        ),
        pytest.param(
            [one_server("SIMPLE"), one_server("MUTUAL")],
            "SIMPLE",
            {},
            "TLS",
            id="the second server of a host is left out",
        ),
        pytest.param(
            [one_server("SIMPLE", "*/*"), one_server("MUTUAL")],
            "SIMPLE",
            {},
            "TLS",
            id="of every namespace is the same",
        ),
        pytest.param(
            [PLAIN, one_server("SIMPLE")], "SIMPLE", {}, Fault.TLS_TO_PLAINTEXT, id="TLS beside HTTP is left out"
        ),
        pytest.param([one_server("SIMPLE", port=8443)], "SIMPLE", {}, Fault.NOTHING_LISTENS, id="another port"),
        pytest.param([one_server("SIMPLE", port=8080)], "SIMPLE", {}, "TLS", id="the pod's own port"),
    ],
)
def test_a_server_of_an_istio_gateway(
    servers: Sequence[dict[str, Any]], mode: str | None, tls: dict[str, Any], expected: Any
) -> None:
    assert said(outcome(gateway(*servers), mode=mode, **tls)) == expected


def test_of_two_gateways_with_one_host_the_older_counts() -> None:
    old, new = one_server("SIMPLE"), one_server("MUTUAL")
    assert said(outcome(gateway(old), gateway(new, name="a", created=NEW), mode="SIMPLE")) == "TLS"
    assert said(outcome(gateway(old, created=NEW), gateway(new, name="a"), mode="SIMPLE")) is Fault.CLIENT_REFUSED


def test_a_gateway_without_selector_is_for_every_gateway() -> None:
    everywhere = gateway(one_server("SIMPLE"), namespace="bank")
    del everywhere["spec"]["selector"]
    assert said(outcome(everywhere, mode="SIMPLE")) == "TLS"


@pytest.mark.parametrize(("flag", "expected"), [("false", "TLS"), ("true", Fault.NOTHING_LISTENS)])
def test_gateways_of_other_namespaces_count_unless_istiod_is_told_otherwise(flag: str, expected: Any) -> None:
    plane = istiod(env={"PILOT_SCOPE_GATEWAY_TO_NAMESPACE": flag})
    assert said(outcome(plane, gateway(one_server("SIMPLE"), namespace="bank"), mode="SIMPLE")) == expected


def test_the_port_of_health_is_plaintext_without_any_gateway() -> None:
    health = [{"name": "status", "port": 15021, "targetPort": 15021}]
    slice_ = endpoints(ROUTER, port_name="status")
    slice_["ports"] = [{"name": "status", "port": 15021}]
    found = connect(client(), ROUTER, service(ports=health), slice_, port=15021)
    assert said(found.outcome) == "PLAINTEXT"


@pytest.mark.parametrize("kind", [GATEWAY, KUBERNETES_GATEWAY, GATEWAY_CLASS, REFERENCE_GRANT])
def test_gateways_that_could_not_be_read_leave_it_unknown(kind: Kind) -> None:
    found = connections(snapshot_of(mesh(behind=[ROUTER]), gaps=[forbidden(kind)]))[None]
    assert found.outcome.unknown is UnknownBy.GAP


def api_gateway(
    tls: dict[str, Any] | None = None,
    frontend: dict[str, Any] | None = None,
    *,
    name: str = "public",
    namespace: str = "shop",
    class_name: str = "istio",
    port: int = 80,
    **spec: Any,
) -> Manifest:
    """A Gateway of the Gateway API whose proxies are behind Service cart."""
    listener = {"name": "web", "port": port, "protocol": "HTTPS" if tls else "HTTP", **({"tls": tls} if tls else {})}
    spec = {"addresses": [{"type": "Hostname", "value": "cart"}], **spec}
    spec = {"gatewayClassName": class_name, "listeners": [listener], **spec}
    spec |= {"tls": {"frontend": frontend}} if frontend else {}
    return manifest("gateway.networking.k8s.io/v1", "Gateway", namespace, name, spec=spec)


def terminate(mode: str = "", *names: str, **rest: Any) -> dict[str, Any]:
    options = {"options": {"gateway.istio.io/tls-terminate-mode": mode}} if mode else {}
    return {"mode": "Terminate", "certificateRefs": [{"name": name, **rest} for name in names or ("pair",)], **options}


def grant(namespace: str = "certs", source: str = "shop", **target: str) -> Manifest:
    spec = {
        "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": source}],
        "to": [{"group": "", "kind": "Secret", **target}],
    }
    return manifest("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", namespace, "grant", spec=spec)


def validation(mode: str = "AllowValidOnly", **rest: Any) -> dict[str, Any]:
    found = {"validation": {"caCertificateRefs": [{"kind": "ConfigMap", "name": "ca", "group": ""}], "mode": mode}}
    return {"default": found, **rest}


@pytest.mark.parametrize(
    ("objects", "mode", "expected"),
    [
        pytest.param([api_gateway()], None, "PLAINTEXT", id="HTTP"),
        pytest.param([api_gateway(terminate())], None, Fault.TLS_DEMANDED, id="plaintext to HTTPS"),
        pytest.param([api_gateway(terminate())], "SIMPLE", "TLS", id="Terminate"),
        pytest.param([api_gateway(terminate("MUTUAL"))], "SIMPLE", Fault.CLIENT_REFUSED, id="option MUTUAL"),
        pytest.param([api_gateway(terminate("OPTIONAL_MUTUAL"))], "SIMPLE", "TLS", id="option OPTIONAL_MUTUAL"),
        pytest.param([api_gateway(terminate("ISTIO_MUTUAL"))], "ISTIO_MUTUAL", "mTLS", id="option ISTIO_MUTUAL"),
        pytest.param([api_gateway(terminate("ISTIO_SIMPLE"))], "ISTIO_MUTUAL", "TLS", id="option ISTIO_SIMPLE"),
        pytest.param([api_gateway({"mode": "Passthrough"})], "SIMPLE", UnknownBy.GATEWAY_PASSES, id="Passthrough"),
        pytest.param(
            [api_gateway(terminate(), validation())], "SIMPLE", Fault.CLIENT_REFUSED, id="clients are validated"
        ),
        pytest.param(
            [api_gateway(terminate(), validation("AllowInsecureFallback"))], "SIMPLE", "TLS", id="others are let in"
        ),
        pytest.param(
            [api_gateway(terminate(), validation(perPort=[{"port": 80, "tls": {}}]))],
            "SIMPLE",
            "TLS",
            id="a port of its own replaces the default",
        ),
        pytest.param(
            [api_gateway(terminate("", "a", namespace="certs"))], "SIMPLE", Fault.NOTHING_LISTENS, id="without grant"
        ),
        pytest.param([api_gateway(terminate("", "a", namespace="certs")), grant()], "SIMPLE", "TLS", id="with a grant"),
        pytest.param(
            [api_gateway(terminate("", "a", namespace="certs")), grant(name="b")],
            "SIMPLE",
            Fault.NOTHING_LISTENS,
            id="a grant for another Secret",
        ),
        pytest.param(
            [api_gateway(terminate("", "a", namespace="certs")), grant(source="bank")],
            "SIMPLE",
            Fault.NOTHING_LISTENS,
            id="a grant for another namespace",
        ),
        pytest.param(
            [api_gateway(terminate("", "a", "b", "c"))], "SIMPLE", Fault.NOTHING_LISTENS, id="three certificates"
        ),
        pytest.param([api_gateway(terminate(), port=8080)], "SIMPLE", Fault.NOTHING_LISTENS, id="never the pod's port"),
        pytest.param(
            [api_gateway(terminate(), class_name="other")], "SIMPLE", Fault.NOTHING_LISTENS, id="another controller"
        ),
        pytest.param(
            [api_gateway(terminate(), addresses=[])], "SIMPLE", Fault.NOTHING_LISTENS, id="the Service is another one"
        ),
        pytest.param(
            [api_gateway(terminate(), namespace="bank")], "SIMPLE", Fault.NOTHING_LISTENS, id="another namespace"
        ),
    ],
)
def test_a_listener_of_the_gateway_api(objects: list[Manifest], mode: str | None, expected: Any) -> None:
    assert said(outcome(*objects, mode=mode)) == expected


def test_a_class_of_ones_own_is_served_by_its_controller() -> None:
    own = manifest(
        "gateway.networking.k8s.io/v1",
        "GatewayClass",
        None,
        "edge",
        spec={"controllerName": "istio.io/gateway-controller"},
    )
    assert said(outcome(api_gateway(terminate(), class_name="edge"), own, mode="SIMPLE")) == "TLS"


def test_beside_a_managed_gateway_those_of_other_namespaces_do_not_count() -> None:
    managed = api_gateway(terminate(), addresses=[])
    managed["metadata"]["annotations"] = {"gateway.istio.io/name-override": "cart"}
    foreign = gateway(one_server("SIMPLE", port=8080), namespace="bank")
    assert said(outcome(managed, foreign, mode="SIMPLE")) == "TLS"
    assert said(outcome(managed, gateway(one_server("MUTUAL"), created=OLD), mode="SIMPLE")) == "TLS"
    assert said(outcome(foreign, mode="SIMPLE")) == "TLS"


def test_a_gateway_of_a_network_passes_its_port_on_into_the_mesh() -> None:
    east_west = api_gateway({"mode": "Passthrough"}, port=80)
    east_west["metadata"]["labels"] = {"topology.istio.io/network": "n1", "networking.istio.io/gatewayPort": "80"}
    assert said(outcome(east_west, mode="ISTIO_MUTUAL")) is UnknownBy.GATEWAY_PASSES


@pytest.mark.parametrize(
    ("servers", "mode", "named"),
    [
        pytest.param([PLAIN, one_server("SIMPLE", port=8080)], None, ["HTTP for *"], id="the one that answers"),
        pytest.param(
            [one_server("SIMPLE", "a.example", "b.example")], None, ["SIMPLE for a.example, b.example"], id="TLS"
        ),
        pytest.param(
            [one_server("SIMPLE", "a.example"), one_server("MUTUAL", "b.example")],
            "ISTIO_MUTUAL",
            ["SIMPLE for a.example", "MUTUAL for b.example"],
            id="all that might have",
        ),
        pytest.param([one_server("SIMPLE", port=8443)], None, [], id="none on this port"),
    ],
)
def test_the_servers_behind_an_answer_are_named(
    servers: Sequence[dict[str, Any]], mode: str | None, named: list[str]
) -> None:
    rules = [rule(mode=mode)] if mode else []
    found = connect(*mesh(*rules, gateway(*servers), behind=[ROUTER]))
    decisions = [one for one in resolve_evidence(found, (), None) if one.side is Side.SERVER]
    assert [one.value for one in decisions] == named
    assert {str(one.object.ref) for one in decisions if one.object} == ({"gateway/gw"} if named else set())


def test_what_a_mutual_server_rests_on_is_said() -> None:
    files = {"clientCertificate": "/c", "privateKey": "/k"}
    assert outcome(gateway(one_server("MUTUAL")), mode="MUTUAL", **files).proviso is Proviso.CERTIFICATE_ACCEPTED


@pytest.mark.parametrize(
    ("objects", "secret", "used"),
    [
        pytest.param([api_gateway(terminate())], "pair", ["server certificate"], id="a certificateRef"),
        pytest.param([api_gateway(terminate("MUTUAL"))], "pair-cacert", ["CA for clients"], id="its companion"),
        pytest.param([api_gateway(terminate())], "other", [], id="another Secret"),
        pytest.param(
            [
                api_gateway(
                    terminate(), {"default": {"validation": {"caCertificateRefs": [{"kind": "Secret", "name": "ca"}]}}}
                )
            ],
            "ca",
            ["CA for clients"],
            id="the CA for clients",
        ),
        pytest.param([api_gateway({"mode": "Passthrough"})], "pair", [], id="passed on"),
    ],
)
def test_who_uses_a_secret_by_the_gateway_api(objects: list[Manifest], secret: str, used: list[str]) -> None:
    snapshot = snapshot_of(mesh(*objects, behind=[ROUTER]))
    found = resolve_usage(snapshot, "shop", secret)
    assert [one.purpose.value for one in found] == used
    assert all(one.askers for one in found)
    assert (("shop", secret) in referenced_secrets(snapshot)) is bool(used)
