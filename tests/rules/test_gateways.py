"""The rules about gateways: what they listen for, with which certificate, and what they pass on."""

import pytest

from kubectl_mtls.model.kind import GATEWAY, POD, REFERENCE_GRANT
from kubectl_mtls.rules import (
    certificate_in_file,
    credential_with_mesh_tls,
    gateway_selects_nothing,
    optional_client_certificate,
    plaintext_beside_tls,
    reference_without_grant,
    shared_certificate,
    tls_in_passed_tls,
)
from tests.rules.mesh import destination_rule, forbidden, found, only, tls, view_of

HTTPS = "{number: 443, name: https, protocol: HTTPS}"
HTTP = "{number: 80, name: http, protocol: HTTP}"
TLS = "{number: 443, name: tls, protocol: TLS}"
WEB = "{mode: SIMPLE, credentialName: web}"


def server(block: str, hosts: str = "web.example", port: str = HTTPS) -> str:
    return f"{{port: {port}, hosts: [{hosts}]{f', tls: {block}' if block else ''}}}"


def gateway(*servers: str, name: str = "web", select: str = "{istio: ingress}") -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {select}
  servers: [{", ".join(servers)}]
"""


def proxy(label: str = "istio: ingress", name: str = "ingress-0") -> str:
    return f"""---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: istio-ingress, labels: {{{label}}}}}
spec:
  containers: [{{name: istio-proxy, image: proxyv2, args: [proxy, router]}}]
"""


def api_gateway(reference: str, class_name: str = "istio") -> str:
    return f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: web, namespace: shop}}
spec:
  gatewayClassName: {class_name}
  listeners:
    - {{name: https, port: 443, protocol: HTTPS, tls: {{certificateRefs: [{reference}]}}}}
"""


def grant(name: str = "", source: str = "shop") -> str:
    return f"""---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {{name: gateways, namespace: certs}}
spec:
  from: [{{group: gateway.networking.k8s.io, kind: Gateway, namespace: {source}}}]
  to: [{{group: "", kind: Secret{f", name: {name}" if name else ""}}}]
"""


def passed_on(place: str, gateways: str = "egress") -> str:
    """A gateway that passes TLS on to a partner, a route to him, and a rule that starts TLS of its own."""
    return (
        proxy()
        + gateway(server("{mode: PASSTHROUGH}", "partner.example", TLS), name="egress")
        + f"""---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: partner, namespace: shop}}
spec:
  hosts: [partner.example]
  gateways: [{gateways}]
  {place}: [{{route: [{{destination: {{host: partner.example, port: {{number: 443}}}}}}]}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: partner, namespace: shop}}
spec:
  hosts: [partner.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{{number: 443, name: tcp, protocol: TCP}}]
"""
    )


FIRST = "spec.servers.0.tls"
SECOND = "spec.servers.1.tls.credentialName"
CERTS = "{name: web, namespace: certs}"
REFERENCE = "spec.listeners.0.tls.certificateRefs.0"
ORIGINATION = destination_rule(tls("SIMPLE"), "partner", host="partner.example")
API = server(WEB, "api.example", "{number: 443, name: https-api, protocol: HTTPS}")

CASES = {
    "a selector of nobody": (gateway_selects_nothing, proxy("istio: other") + gateway(server(WEB)), ["spec.selector"]),
    "no finding: a gateway of another namespace": (gateway_selects_nothing, proxy() + gateway(server(WEB)), []),
    "no finding: no selector means every gateway": (
        gateway_selects_nothing,
        proxy() + gateway(server(WEB), select="{}"),
        [],
    ),
    "no finding: files that hold no gateway pod": (gateway_selects_nothing, gateway(server(WEB)), []),
    "a credential beside ISTIO_MUTUAL": (
        credential_with_mesh_tls,
        gateway(server("{mode: ISTIO_MUTUAL, credentialName: web}")),
        [f"{FIRST}.credentialName"],
    ),
    "a file beside ISTIO_MUTUAL": (
        credential_with_mesh_tls,
        gateway(server("{mode: ISTIO_MUTUAL, privateKey: /k}")),
        [f"{FIRST}.privateKey"],
    ),
    "no finding: ISTIO_MUTUAL alone": (credential_with_mesh_tls, gateway(server("{mode: ISTIO_MUTUAL}")), []),
    "no finding: a credential beside MUTUAL": (
        credential_with_mesh_tls,
        gateway(server("{mode: MUTUAL, credentialName: web}")),
        [],
    ),
    "one certificate in two servers": (shared_certificate, gateway(server(WEB), API), [SECOND]),
    "one certificate in two Gateways of one gateway": (
        shared_certificate,
        proxy() + gateway(server(WEB)) + gateway(API, name="zapi"),
        [f"{FIRST}.credentialName"],
    ),
    "no finding: Gateways of different gateways": (
        shared_certificate,
        proxy()
        + proxy("istio: other", "other-0")
        + gateway(server(WEB))
        + gateway(API, name="zapi", select="{istio: other}"),
        [],
    ),
    "no finding: different ports": (
        shared_certificate,
        gateway(server(WEB), API.replace("443", "8443")),
        [],
    ),
    "no finding: different certificates": (
        shared_certificate,
        gateway(server(WEB), API.replace("Name: web", "Name: a")),
        [],
    ),
    "no finding: the same hosts": (shared_certificate, gateway(server(WEB), server(WEB)), []),
    "files": (
        certificate_in_file,
        gateway(server("{mode: SIMPLE, serverCertificate: /c, privateKey: /k}")),
        [f"{FIRST}.serverCertificate"],
    ),
    "no finding: a Secret": (certificate_in_file, gateway(server(WEB)), []),
    "no finding: PASSTHROUGH uses none": (
        certificate_in_file,
        gateway(server("{mode: PASSTHROUGH, serverCertificate: /c}")),
        [],
    ),
    "TLS around TLS that is passed on": (
        tls_in_passed_tls,
        passed_on("tls") + ORIGINATION,
        ["spec.trafficPolicy.tls.mode"],
    ),
    "by a Gateway's name with namespace": (
        tls_in_passed_tls,
        passed_on("tls", "shop/egress") + ORIGINATION,
        ["spec.trafficPolicy.tls.mode"],
    ),
    "no finding: the route is another Gateway's": (tls_in_passed_tls, passed_on("tls", "other") + ORIGINATION, []),
    "no finding: the route is for plain TCP": (tls_in_passed_tls, passed_on("tcp") + ORIGINATION, []),
    "no finding: no rule starts TLS": (tls_in_passed_tls, passed_on("tls"), []),
    "no finding: mutual TLS of the mesh around it is for a proxy to end": (
        tls_in_passed_tls,
        passed_on("tls") + ORIGINATION.replace("SIMPLE", "ISTIO_MUTUAL"),
        [],
    ),
    "a certificate that nobody must show": (
        optional_client_certificate,
        gateway(server("{mode: OPTIONAL_MUTUAL, credentialName: web}")),
        [f"{FIRST}.mode"],
    ),
    "no finding: MUTUAL demands it": (
        optional_client_certificate,
        gateway(server("{mode: MUTUAL, credentialName: web}")),
        [],
    ),
    "plaintext for a host with TLS": (
        plaintext_beside_tls,
        gateway(server(WEB), server("", port=HTTP)),
        ["spec.servers.1"],
    ),
    "plaintext by another Gateway of the same gateway": (
        plaintext_beside_tls,
        proxy() + gateway(server(WEB)) + gateway(server("", port=HTTP), name="plain"),
        ["spec.servers.0"],
    ),
    "no finding: callers are sent over": (
        plaintext_beside_tls,
        gateway(server(WEB), server("{httpsRedirect: true}", port=HTTP)),
        [],
    ),
    "no finding: another host": (plaintext_beside_tls, gateway(server(WEB), server("", "acme.example", HTTP)), []),
    "no finding: no TLS anywhere": (plaintext_beside_tls, gateway(server("", port=HTTP)), []),
    "a Secret elsewhere without grant": (reference_without_grant, api_gateway(CERTS), [REFERENCE]),
    "a grant for another namespace": (reference_without_grant, api_gateway(CERTS) + grant(source="bank"), [REFERENCE]),
    "a grant for another Secret": (reference_without_grant, api_gateway(CERTS) + grant("other"), [REFERENCE]),
    "no finding: a grant for all Secrets": (reference_without_grant, api_gateway(CERTS) + grant(), []),
    "no finding: a grant for this one": (reference_without_grant, api_gateway(CERTS) + grant("web"), []),
    "no finding: a Secret beside the Gateway": (reference_without_grant, api_gateway("{name: web}"), []),
    "no finding: another controller's Gateway": (reference_without_grant, api_gateway(CERTS, "nginx"), []),
}


@pytest.mark.parametrize(("rule", "text", "fields"), CASES.values(), ids=CASES)
def test_a_rule_finds_the_field_that_is_wrong(rule, text, fields):
    assert [field for _, field in found(rule.check, view_of(text))] == fields


@pytest.mark.parametrize(
    ("rule", "text", "gap"),
    [
        (gateway_selects_nothing, gateway(server(WEB)), forbidden(POD)),
        (reference_without_grant, api_gateway(CERTS), forbidden(REFERENCE_GRANT, "certs")),
    ],
    ids=["pods", "grants"],
)
def test_what_may_hide_behind_a_gap_is_not_said_to_be_absent(rule, text, gap):
    assert found(rule.check, view_of(text, live=True, gaps=[gap])) == []
    assert rule.RULE.blinded_by(gap)


def test_pods_of_other_namespaces_that_nobody_looked_at_may_be_the_gateway():
    assert found(gateway_selects_nothing.check, view_of(gateway(server(WEB)), live=True, namespaces=["shop"])) == []
    assert found(gateway_selects_nothing.check, view_of(gateway(server(WEB)), live=True)) != []


def test_gateways_that_could_not_be_read_blind_the_rules_about_them():
    rules = {rule.RULE for rule, _, _ in CASES.values()} - {reference_without_grant.RULE}
    assert all(rule.blinded_by(forbidden(GATEWAY)) for rule in rules)


def test_the_redirect_can_be_pasted():
    text = gateway(server(WEB), server("", port=HTTP))
    assert only(plaintext_beside_tls.check, view_of(text, live=True)).fix == (
        "kubectl patch gateway web -n shop --type json -p "
        """'[{"op": "add", "path": "/spec/servers/1/tls", "value": {"httpsRedirect": true}}]'"""
    )
