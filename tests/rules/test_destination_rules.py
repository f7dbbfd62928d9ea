"""The rules that read DestinationRules as they are written, whether anything fails or not."""

import pytest

from kubectl_mtls.model.kind import DESTINATION_RULE, POD, SERVICE
from kubectl_mtls.rules import (
    any_name_accepted,
    differing_modes,
    double_tls,
    hidden_rule,
    missing_client_certificate,
    missing_sni,
    public_bundle_for_private_name,
    rule_selects_nothing,
    second_rule,
    subset_selects_nothing,
    unexported_rule,
    uninherited_tls,
    unknown_host,
    unverified_server,
)
from tests.rules.mesh import destination_rule, forbidden, found, only, pod, policy, service, tls, view_of, workload

NAME = "destinationrule/ledger -n shop"
BLOCK = "spec.trafficPolicy.tls"
PARTNER = "api.partner.example"
LEDGER = service("ledger") + workload("ledger")
ELSEWHERE = workload("report", namespace="bank")
FULL = "ledger.shop.svc.cluster.local"


def entry(protocol: str = "HTTP", host: str = PARTNER, more: str = "") -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: partner, namespace: shop}}
spec:
  hosts: [{host}]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{{number: 443, name: tls, protocol: {protocol}}}]
  {more}
"""


def outside(mode: str, more: str = "", host: str = PARTNER) -> str:
    return destination_rule(tls(mode, more), host=host)


FILES = "clientCertificate: /c, privateKey: /k"
SANS = f"subjectAltNames: [{PARTNER}]"
PORTS = "{tls: {mode: SIMPLE}, portLevelSettings: [{port: {number: 443}, connectionPool: {}}]}"
SUBSET = "subsets: [{name: v2, labels: {version: v2}, trafficPolicy: {tls: {mode: DISABLE}}}]"
PLAIN_SUBSET = "subsets: [{name: v2, labels: {version: v2}}]"
PRIVATE = 'exportTo: ["."]'

CASES = {
    "MUTUAL without any file": (missing_client_certificate, outside("MUTUAL"), [f"{BLOCK}.mode"]),
    "MUTUAL without the key": (
        missing_client_certificate,
        outside("MUTUAL", "clientCertificate: /c"),
        [f"{BLOCK}.mode"],
    ),
    "no finding: MUTUAL with both files": (missing_client_certificate, outside("MUTUAL", FILES), []),
    "no finding: MUTUAL with a credential": (missing_client_certificate, outside("MUTUAL", "credentialName: x"), []),
    "no finding: SIMPLE needs no key": (missing_client_certificate, outside("SIMPLE"), []),
    "no finding: ISTIO_MUTUAL needs no key": (missing_client_certificate, outside("ISTIO_MUTUAL"), []),
    "a second policy for the host": (
        second_rule,
        destination_rule(tls("ISTIO_MUTUAL"), "a", host="ledger") + destination_rule(tls("DISABLE")),
        ["spec.trafficPolicy"],
    ),
    "by a short and a full name": (
        second_rule,
        destination_rule(tls("ISTIO_MUTUAL"), "a", host=FULL) + destination_rule(tls("DISABLE")),
        ["spec.trafficPolicy"],
    ),
    "no finding: the second has subsets only": (
        second_rule,
        destination_rule(tls("ISTIO_MUTUAL"), "a", host="ledger") + destination_rule(more=PLAIN_SUBSET),
        [],
    ),
    "no finding: both say the same": (
        second_rule,
        destination_rule(tls("DISABLE"), "a", host="ledger") + destination_rule(tls("DISABLE")),
        [],
    ),
    "no finding: rules of two namespaces are never merged": (
        second_rule,
        destination_rule(tls("ISTIO_MUTUAL"), "a", host=FULL, namespace="bank") + destination_rule(tls("DISABLE")),
        [],
    ),
    "no finding: rules for different workloads": (
        second_rule,
        destination_rule(tls("ISTIO_MUTUAL"), "a", host="ledger", select="{app: a}")
        + destination_rule(tls("DISABLE"), select="{app: b}"),
        [],
    ),
    "the client's rule hides the owner's": (
        hidden_rule,
        LEDGER
        + ELSEWHERE
        + destination_rule(tls("ISTIO_MUTUAL"), "own", host="ledger")
        + destination_rule(tls("DISABLE"), host=FULL, namespace="bank"),
        ["spec.host"],
    ),
    "a rule for other workloads hides it too": (
        hidden_rule,
        LEDGER
        + ELSEWHERE
        + destination_rule(tls("DISABLE"), "own", host="ledger")
        + destination_rule(tls("DISABLE"), host=FULL, namespace="bank", select="{app: other}"),
        ["spec.host"],
    ),
    "no finding: both come to the same": (
        hidden_rule,
        LEDGER
        + ELSEWHERE
        + destination_rule(tls("ISTIO_MUTUAL"), "own", host="ledger")
        + destination_rule("{connectionPool: {}}", host=FULL, namespace="bank"),
        [],
    ),
    "no finding: the owner says nothing about TLS": (
        hidden_rule,
        LEDGER
        + ELSEWHERE
        + destination_rule("{connectionPool: {}}", "own", host="ledger")
        + destination_rule(tls("DISABLE"), host=FULL, namespace="bank"),
        [],
    ),
    "a rule that stays at home": (
        unexported_rule,
        LEDGER + ELSEWHERE + destination_rule(tls("DISABLE"), more=PRIVATE),
        ["spec.exportTo"],
    ),
    "no finding: nobody elsewhere would send anything else": (
        unexported_rule,
        LEDGER + ELSEWHERE + destination_rule(tls("ISTIO_MUTUAL"), more=PRIVATE),
        [],
    ),
    "no finding: all clients are at home": (
        unexported_rule,
        LEDGER + destination_rule(tls("DISABLE"), more=PRIVATE),
        [],
    ),
    "a short name of another namespace": (
        unknown_host,
        LEDGER + destination_rule(tls("DISABLE"), host="ledger.shop"),
        ["spec.host"],
    ),
    "a Service that is not there": (
        unknown_host,
        LEDGER + destination_rule(tls("DISABLE"), host="ledgr"),
        ["spec.host"],
    ),
    "a host outside without ServiceEntry": (
        unknown_host,
        entry() + outside("SIMPLE", host="api.other.example"),
        ["spec.host"],
    ),
    "no finding: a Service": (unknown_host, LEDGER + destination_rule(tls("DISABLE")), []),
    "no finding: a host of a ServiceEntry": (unknown_host, entry() + outside("SIMPLE"), []),
    "no finding: a wildcard that covers nothing yet": (unknown_host, LEDGER + outside("SIMPLE", host="*.example"), []),
    "no finding: nothing about TLS": (
        unknown_host,
        LEDGER + destination_rule("{connectionPool: {}}", host="ledgr"),
        [],
    ),
    "no finding: files that hold no Service of the namespace": (unknown_host, destination_rule(tls("DISABLE")), []),
    "a selector of nobody": (
        rule_selects_nothing,
        workload("cart") + destination_rule(tls("DISABLE"), select="{app: carts}"),
        ["spec.workloadSelector.matchLabels"],
    ),
    "no finding: a selector of somebody": (
        rule_selects_nothing,
        workload("cart") + destination_rule(tls("DISABLE"), select="{app: cart}"),
        [],
    ),
    "no finding: files without workloads": (
        rule_selects_nothing,
        destination_rule(tls("DISABLE"), select="{app: cart}"),
        [],
    ),
    "a subset of nobody": (
        subset_selects_nothing,
        LEDGER + destination_rule(more=SUBSET),
        ["spec.subsets.0.labels"],
    ),
    "no finding: a subset that says nothing about TLS": (
        subset_selects_nothing,
        LEDGER + destination_rule(more=PLAIN_SUBSET),
        [],
    ),
    "no finding: a host without endpoints": (
        subset_selects_nothing,
        service("ledger") + destination_rule(more=SUBSET),
        [],
    ),
    "no finding: a subset with pods": (
        subset_selects_nothing,
        LEDGER + pod("v2-0", labels="app: ledger, version: v2") + destination_rule(more=SUBSET),
        [],
    ),
    "verification switched off": (
        unverified_server,
        outside("SIMPLE", "insecureSkipVerify: true"),
        [f"{BLOCK}.insecureSkipVerify"],
    ),
    "no finding: verification said to be on": (unverified_server, outside("SIMPLE", "insecureSkipVerify: false"), []),
    "no finding: ISTIO_MUTUAL verifies all the same": (
        unverified_server,
        outside("ISTIO_MUTUAL", "insecureSkipVerify: true"),
        [],
    ),
    "sni switches the check of names off": (any_name_accepted, entry() + outside("SIMPLE", f"sni: {PARTNER}"), [BLOCK]),
    "no name on a TCP port": (any_name_accepted, entry("TCP") + outside("MUTUAL", FILES), [BLOCK]),
    "no finding: over HTTP the request says the name": (any_name_accepted, entry() + outside("SIMPLE"), []),
    "no finding: names in the rule": (any_name_accepted, entry() + outside("SIMPLE", f"sni: x, {SANS}"), []),
    "no finding: names in the ServiceEntry": (
        any_name_accepted,
        entry("TCP", more=SANS) + outside("SIMPLE", "sni: x"),
        [],
    ),
    "no finding: nothing is verified at all": (
        any_name_accepted,
        entry() + outside("SIMPLE", "sni: x, insecureSkipVerify: true"),
        [],
    ),
    "no finding: a service of the mesh": (any_name_accepted, LEDGER + destination_rule(tls("SIMPLE", "sni: x")), []),
    "no server name on a TCP port": (missing_sni, entry("TCP") + outside("SIMPLE", SANS), [BLOCK]),
    "no finding: a server name": (missing_sni, entry("TCP") + outside("SIMPLE", f"sni: {PARTNER}"), []),
    "no finding: over HTTP the request has it": (missing_sni, entry() + outside("SIMPLE"), []),
    "an internal name": (
        public_bundle_for_private_name,
        entry(host="db.corp.internal") + outside("SIMPLE", host="db.corp.internal"),
        [BLOCK],
    ),
    "a private address": (
        public_bundle_for_private_name,
        entry(host="10.1.2.3") + outside("SIMPLE", host="10.1.2.3"),
        [BLOCK],
    ),
    "no finding: a public name": (public_bundle_for_private_name, entry() + outside("SIMPLE"), []),
    "no finding: a CA is named": (
        public_bundle_for_private_name,
        entry(host="db.corp.internal") + outside("SIMPLE", "caCertificates: /ca", host="db.corp.internal"),
        [],
    ),
    "no finding: a ConfigMap names it": (
        public_bundle_for_private_name,
        entry(host="db.corp.internal")
        + outside("SIMPLE", 'credentialName: "configmap://shop/ca"', host="db.corp.internal"),
        [],
    ),
    "an entry without tls beneath SIMPLE": (
        uninherited_tls,
        destination_rule(PORTS),
        ["spec.trafficPolicy.portLevelSettings.0"],
    ),
    "no finding: beneath ISTIO_MUTUAL auto mTLS does the same": (
        uninherited_tls,
        destination_rule(PORTS.replace("SIMPLE", "ISTIO_MUTUAL")),
        [],
    ),
    "no finding: an entry with tls": (
        uninherited_tls,
        destination_rule(PORTS.replace("connectionPool: {}", "tls: {mode: SIMPLE}")),
        [],
    ),
    "TLS where applications do it": (double_tls, entry("HTTPS") + outside("SIMPLE"), [f"{BLOCK}.mode"]),
    "no finding: plain HTTP": (double_tls, entry() + outside("SIMPLE"), []),
    "no finding: the block is for another port": (
        double_tls,
        entry("HTTPS")
        + destination_rule("{portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}", host=PARTNER),
        [],
    ),
    "no finding: ISTIO_MUTUAL": (double_tls, entry("HTTPS") + outside("ISTIO_MUTUAL"), []),
    "a subset with another mode": (
        differing_modes,
        destination_rule(tls("ISTIO_MUTUAL"), more=SUBSET),
        ["spec.subsets.0.trafficPolicy.tls"],
    ),
    "no finding: a subset with the same mode": (differing_modes, destination_rule(tls("DISABLE"), more=SUBSET), []),
}


@pytest.mark.parametrize(("rule", "text", "fields"), CASES.values(), ids=CASES)
def test_a_rule_finds_the_field_that_is_wrong(rule, text, fields):
    assert [field for _, field in found(rule.check, view_of(text))] == fields


@pytest.mark.parametrize(
    ("rule", "text", "gap"),
    [
        (unknown_host, LEDGER + destination_rule(tls("DISABLE"), host="ledgr"), forbidden(SERVICE)),
        (rule_selects_nothing, destination_rule(tls("DISABLE"), select="{app: x}"), forbidden(POD, "shop")),
        (subset_selects_nothing, LEDGER + destination_rule(more=SUBSET), forbidden(POD)),
    ],
    ids=["Services", "pods", "pods behind a host"],
)
def test_what_may_hide_behind_a_gap_is_not_said_to_be_absent(rule, text, gap):
    assert found(rule.check, view_of(text, live=True, gaps=[gap])) == []
    assert gap.kind in rule.RULE.reads


def test_a_short_name_with_a_namespace_is_mended_by_the_full_one():
    text = LEDGER + destination_rule(tls("DISABLE"), host="ledger.shop")
    line = text[: text.index("host:")].count("\n") + 1
    assert only(unknown_host.check, view_of(text)).fix == f"write {FULL} in mesh.yaml:{line}"


def test_a_missing_name_is_added_beside_what_is_there():
    text = entry() + outside("SIMPLE", f"sni: {PARTNER}")
    assert only(any_name_accepted.check, view_of(text, live=True)).fix == (
        "kubectl patch destinationrule ledger -n shop --type json -p "
        """'[{"op": "add", "path": "/spec/trafficPolicy/tls/subjectAltNames", "value": ["api.partner.example"]}]'"""
    )
    assert only(any_name_accepted.check, view_of(text)).fix.startswith("add subjectAltNames: [api.partner.example] to")


def test_forbidden_rules_blind_every_rule_about_them():
    rules = {rule.RULE.code for rule, _, _ in CASES.values()}
    gap = forbidden(DESTINATION_RULE)
    assert all(rule.RULE.blinded_by(gap) for rule, _, _ in CASES.values())
    assert len(rules) == 14


def test_the_owner_of_a_service_is_told_who_does_not_hear_him():
    text = (
        policy("default", "STRICT")
        + LEDGER
        + ELSEWHERE
        + destination_rule(tls("ISTIO_MUTUAL"), "own", host="ledger")
        + destination_rule(tls("DISABLE"), "pools", host="*.local", namespace="bank")
    )
    assert only(hidden_rule.check, view_of(text)).message == (
        "destinationrule/pools hides destinationrule/own -n shop for 1 service of namespace shop: clients of namespace "
        "bank send PLAINTEXT to ledger.shop.svc.cluster.local, by the owner's rule they would send ISTIO_MUTUAL"
    )
