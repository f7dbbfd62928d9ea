"""The rules of what FAILS by a DestinationRule: plaintext-to-strict, foreign-tls, mutual-without-peer, names-never-fit
and passthrough-balancer. Every failure is one of them, and its fix is the edit that was tried.
"""

import pytest

from kubectl_mtls.model.kind import BACKEND_TLS_POLICY
from kubectl_mtls.rules import (
    foreign_tls,
    mutual_without_peer,
    names_never_fit,
    passthrough_balancer,
    plaintext_to_strict,
)
from tests.rules.mesh import destination_rule, forbidden, only, pod, policy, service, tls, view_of, workload

RULES = (plaintext_to_strict, foreign_tls, mutual_without_peer, names_never_fit, passthrough_balancer)
TCP = "{name: tcp, port: 5432, targetPort: 5432}"
HTTP = "{name: http, port: 80}"
NAKED = 'sidecar.istio.io/inject: "false"'
LEDGER = service("ledger", ports=TCP) + workload("ledger", port=5432)
WEB = service("ledger", ports=HTTP) + workload("ledger", port=80)
PLAIN = service("ledger", ports=HTTP) + workload("ledger", labels=NAKED, port=80)
OLD = pod("old-0", labels="app: ledger", address="10.0.0.9")
REPORT = workload("report")
STRICT = policy("default", "STRICT")
EXTERNAL = """---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: partner, namespace: shop}
spec:
  hosts: [api.partner.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 443, name: https, protocol: HTTPS}]
"""
PORT = "{portLevelSettings: [{port: {number: 5432}, tls: {mode: DISABLE}}]}"
SUBSET = "subsets: [{name: v1, labels: {app: ledger}, trafficPolicy: {tls: {mode: DISABLE}}}]"
GHOST = "subjectAltNames: [spiffe://cluster.local/ns/shop/sa/ghost]"
OWN = "subjectAltNames: [spiffe://cluster.local/ns/shop/sa/default]"
PASS = "{loadBalancer: {simple: PASSTHROUGH}}"
PASS_PORT = "{portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: PASSTHROUGH}}]}"
TOP = "spec.trafficPolicy.tls.mode"

CASES = {
    "DISABLE to a STRICT server": (STRICT + LEDGER + destination_rule(tls("DISABLE")), ("MTLS203", TOP)),
    "a tls block without mode means DISABLE": (
        STRICT + LEDGER + destination_rule("{tls: {sni: x}}"),
        ("MTLS203", TOP),
    ),
    "DISABLE for a port": (
        STRICT + LEDGER + destination_rule(PORT),
        ("MTLS203", "spec.trafficPolicy.portLevelSettings.0.tls.mode"),
    ),
    "DISABLE in a subset only": (
        STRICT + LEDGER + destination_rule(more=SUBSET),
        ("MTLS203", "spec.subsets.0.trafficPolicy.tls.mode"),
    ),
    "a wildcard of the root namespace": (
        STRICT + LEDGER + destination_rule(tls("DISABLE"), host="*.local", namespace="istio-system"),
        ("MTLS203", TOP),
    ),
    "no finding: DISABLE to a PERMISSIVE server": (LEDGER + destination_rule(tls("DISABLE")), None),
    "no finding: DISABLE for a port that the Service has not": (
        STRICT + LEDGER + destination_rule(PORT.replace("5432", "81")),
        None,
    ),
    "no finding: the rule holds for a workload that is not there": (
        STRICT + LEDGER + destination_rule(tls("DISABLE"), select="{app: gone}"),
        None,
    ),
    "no finding: ISTIO_MUTUAL to a STRICT server": (STRICT + LEDGER + destination_rule(tls("ISTIO_MUTUAL")), None),
    "SIMPLE to a STRICT server": (STRICT + LEDGER + destination_rule(tls("SIMPLE")), ("MTLS205", TOP)),
    "MUTUAL by files to a STRICT server": (
        STRICT + LEDGER + destination_rule(tls("MUTUAL", "clientCertificate: /c, privateKey: /k")),
        ("MTLS205", TOP),
    ),
    "SIMPLE to a PERMISSIVE HTTP port": (WEB + destination_rule(tls("SIMPLE")), ("MTLS205", TOP)),
    "no finding: SIMPLE to a PERMISSIVE TCP port, whose application may end it": (
        LEDGER + destination_rule(tls("SIMPLE")),
        None,
    ),
    "no finding: SIMPLE to a host outside": (
        EXTERNAL + REPORT + destination_rule(tls("SIMPLE"), host="api.partner.example"),
        None,
    ),
    "ISTIO_MUTUAL to pods without proxy": (PLAIN + REPORT + destination_rule(tls("ISTIO_MUTUAL")), ("MTLS206", TOP)),
    "ISTIO_MUTUAL to a server under DISABLE": (
        policy("default", "DISABLE") + WEB + destination_rule(tls("ISTIO_MUTUAL")),
        ("MTLS206", TOP),
    ),
    "ISTIO_MUTUAL for * reaches hosts outside": (
        EXTERNAL + REPORT + destination_rule(tls("ISTIO_MUTUAL"), host="*", namespace="istio-system"),
        ("MTLS206", TOP),
    ),
    "no finding: *.local does not": (
        EXTERNAL + REPORT + destination_rule(tls("ISTIO_MUTUAL"), host="*.local", namespace="istio-system"),
        None,
    ),
    "names of another service account": (
        LEDGER + destination_rule(tls("ISTIO_MUTUAL", GHOST)),
        ("MTLS207", TOP),
    ),
    "no finding: the names of the pods": (LEDGER + destination_rule(tls("ISTIO_MUTUAL", OWN)), None),
    "PASSTHROUGH for a port sends mutual TLS to everybody": (
        PLAIN + REPORT + destination_rule(PASS_PORT),
        ("MTLS208", "spec.trafficPolicy.portLevelSettings.0.loadBalancer.simple"),
    ),
    "PASSTHROUGH beside one pod without proxy": (
        STRICT + WEB + OLD + destination_rule(PASS),
        ("MTLS208", "spec.trafficPolicy.loadBalancer.simple"),
    ),
    "no finding: PASSTHROUGH where every pod has a proxy": (STRICT + WEB + destination_rule(PASS), None),
    "no finding: nobody with a proxy calls": (PLAIN + destination_rule(tls("ISTIO_MUTUAL")), None),
    "no finding: no rule": (STRICT + LEDGER, None),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_failing_connection_is_one_finding_of_one_rule(text, expected):
    view = view_of(text)
    found = [(one.code, one.field) for rule in RULES for one in rule.check(view)]
    assert found == ([expected] if expected else [])


MARK = "security.istio.io/tlsMode: istio"
SERVER = pod("ledger-0", labels=f"app: ledger, {MARK}", proxy=True, address="10.0.0.1")
CALLER = pod("report-0", labels=f"app: report, {MARK}", proxy=True, address="10.0.0.2")
TCP_PODS, WEB_PODS = service("ledger", ports=TCP) + SERVER, service("ledger", ports=HTTP) + SERVER
PLAIN_POD = service("ledger", ports=HTTP) + OLD
FIXES = {
    "the command that switches the rule": (
        STRICT + TCP_PODS + destination_rule(tls("DISABLE")),
        plaintext_to_strict,
        "kubectl mtls switch-mode dr/ledger --to ISTIO_MUTUAL -n shop",
    ),
    "a port's block is replaced whole": (
        STRICT + TCP_PODS + destination_rule(PORT),
        plaintext_to_strict,
        "kubectl patch destinationrule ledger -n shop --type json -p "
        """'[{"op": "replace", "path": "/spec/trafficPolicy/portLevelSettings/0/tls", """
        """"value": {"mode": "ISTIO_MUTUAL"}}]'""",
    ),
    "a block that is all of the policy goes with it, as admission wants": (
        PLAIN_POD + CALLER + destination_rule(tls("ISTIO_MUTUAL")),
        mutual_without_peer,
        "kubectl patch destinationrule ledger -n shop --type json -p "
        """'[{"op": "remove", "path": "/spec/trafficPolicy"}]'""",
    ),
    "what else the policy says stays": (
        PLAIN_POD + CALLER + destination_rule("{tls: {mode: ISTIO_MUTUAL}, connectionPool: {}}"),
        mutual_without_peer,
        "kubectl patch destinationrule ledger -n shop --type json -p "
        """'[{"op": "remove", "path": "/spec/trafficPolicy/tls"}]'""",
    ),
    "only the names go": (
        TCP_PODS + destination_rule(tls("ISTIO_MUTUAL", GHOST)),
        names_never_fit,
        "kubectl patch destinationrule ledger -n shop --type json -p "
        """'[{"op": "remove", "path": "/spec/trafficPolicy/tls/subjectAltNames"}]'""",
    ),
    "the proxy chooses again": (
        STRICT + WEB_PODS + OLD + destination_rule(PASS),
        passthrough_balancer,
        "kubectl patch destinationrule ledger -n shop --type json -p "
        """'[{"op": "replace", "path": "/spec/trafficPolicy/loadBalancer/simple", "value": "LEAST_REQUEST"}]'""",
    ),
    "a wildcard loses its block where switching it would break others": (
        STRICT
        + TCP_PODS
        + service("plain", ports=HTTP)
        + pod("plain-0", labels="app: plain", address="10.0.0.8")
        + destination_rule(tls("DISABLE"), host="*.local", namespace="istio-system"),
        plaintext_to_strict,
        "kubectl patch destinationrule ledger -n istio-system --type json -p "
        """'[{"op": "remove", "path": "/spec/trafficPolicy"}]'""",
    ),
    "one word for STRICT and naked endpoints does not exist with auto mTLS off": (
        STRICT
        + TCP_PODS
        + OLD
        + destination_rule(tls("DISABLE"))
        + """---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "enableAutoMtls: false"}
""",
        plaintext_to_strict,
        "no mode fits all endpoints: give every one of them a proxy, or none",
    ),
}


@pytest.mark.parametrize(("text", "rule", "fix"), FIXES.values(), ids=FIXES)
def test_the_fix_mends_without_breaking(text, rule, fix):
    assert only(rule.check, view_of(text, live=True)).fix == fix


def test_the_message_says_towards_whom_and_what_how_many_clients_see():
    text = STRICT + LEDGER + REPORT + destination_rule(tls("DISABLE"), select="{app: report}")
    assert only(plaintext_to_strict.check, view_of(text)).message == (
        "destinationrule/ledger says DISABLE towards service/ledger:5432: it sends plaintext to a STRICT server, "
        'and 1 client gets "connection reset by peer"'
    )


def test_over_http_clients_see_a_status_and_flags_at_some_of_the_endpoints():
    text = WEB + OLD + REPORT + destination_rule(tls("ISTIO_MUTUAL"))
    assert only(mutual_without_peer.check, view_of(text)).message.endswith(
        "and 2 clients get 503 UF,URX at 1 of 2 endpoints"
    )


def test_rules_of_equal_words_are_told_apart_by_namespace():
    own = destination_rule(tls("DISABLE"), host="ledger.shop.svc.cluster.local", namespace="bank")
    other = own.replace("bank", "farm")
    callers = workload("report", namespace="bank") + workload("report", namespace="farm")
    found = list(plaintext_to_strict.check(view_of(STRICT + LEDGER + callers + own + other)))
    assert [one.object.namespace for one in found] == ["bank", "farm"]
    assert all("1 client gets" in one.message for one in found)


BACKEND = """---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: ledger, namespace: shop}
spec:
  targetRefs: [{group: "", kind: Service, name: ledger}]
  validation: {hostname: ledger.example, wellKnownCACertificates: System}
"""


def test_a_backend_tls_policy_towards_a_sidecar_is_said_as_what_it_is():
    finding = only(foreign_tls.check, view_of(STRICT + TCP_PODS + CALLER + BACKEND, live=True))
    assert (str(finding.object), finding.field) == ("backendtlspolicy/ledger", "spec.validation")
    assert finding.message.startswith("backendtlspolicy/ledger says SIMPLE towards service/ledger:5432")
    assert finding.fix == "kubectl delete backendtlspolicy ledger -n shop"


def test_unread_backend_tls_policies_blind_what_is_about_connections():
    assert all(rule.RULE.blinded_by(forbidden(BACKEND_TLS_POLICY)) for rule in RULES)
