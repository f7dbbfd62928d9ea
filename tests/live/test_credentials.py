"""Secrets that the mesh names, on a real API server: read by name, told apart from missing and forbidden ones."""

import json
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from kubectl_mtls.certs.issue import Issued, issue, issue_root
from tests.live.program import Ran, run_as
from tests.servers.api import ApiServer

NOW = datetime.now(UTC)
ROOT = issue_root(NOW, "Partner Root")
LEAF = issue("cart", NOW, ROOT, sans=("DNS:cart.shop.example",), age=timedelta(days=80), lifetime=timedelta(days=92))
Mesh = Callable[..., ApiServer]


def secret(name: str, made: Issued) -> str:
    data = {"tls.crt": made.chain_pem, "tls.key": made.key_pem(), "ca.crt": ROOT.pem}
    lines = "".join(f"  {key}: |\n{textwrap.indent(value.decode(), '    ')}" for key, value in data.items())
    return f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\nstringData:\n{lines}"


def rule(name: str, credential: str) -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: {name}, namespace: shop}}
spec:
  host: {name}.partner.example
  workloadSelector: {{matchLabels: {{app: cart}}}}
  trafficPolicy: {{tls: {{mode: MUTUAL, credentialName: {credential}}}}}
"""


SHOP = (
    """
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: ""}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
spec:
  containers:
  - {name: app, image: "app:1"}
  - {name: istio-proxy, image: "istio/proxyv2:1.31.0", args: [proxy, sidecar]}
status: {phase: Running, podIP: 10.1.0.1}
"""
    + rule("good", "partner-cert")
    + rule("bad", "no-such-cert")
    + secret("partner-cert", LEAF)
    + secret("unrelated", LEAF)
)


def credentials(ran: Ran) -> dict[str, str]:
    return {one["name"]: one["state"] for one in json.loads(ran.out)["credentials"]}


def codes(ran: Ran) -> set[str]:
    return {one["code"] for one in json.loads(ran.out)["findings"]}


@pytest.fixture
def shop(mesh: Mesh) -> ApiServer:
    return mesh(SHOP)


def test_named_secrets_are_read_one_by_one_and_no_other(shop: ApiServer) -> None:
    ran = run_as(shop, "admin", "shop", "status", "-o", "json", "-v", "6")
    assert credentials(ran) == {"partner-cert": "expiring", "no-such-cert": "missing"}
    asked = [line.split()[1] for line in ran.err.splitlines() if "/secrets" in line]
    assert sorted(asked) == [
        f"/api/v1/namespaces/shop/secrets/{name}"
        for name in ("no-such-cert", "no-such-cert-cacert", "partner-cert", "partner-cert-cacert")
    ]
    assert "PRIVATE KEY" not in ran.out + ran.err


def test_check_finds_on_the_cluster_what_ends_and_what_is_missing(shop: ApiServer) -> None:
    ran = run_as(shop, "admin", "shop", "check", "-o", "json", "--select", "MTLS3")
    assert (ran.code, codes(ran)) == (1, {"MTLS340", "MTLS341"})


def test_forbidden_secrets_are_named_once_and_are_no_pass(shop: ApiServer) -> None:
    ran = run_as(shop, "reader", "shop", "status", "-o", "json")
    assert credentials(ran) == {"partner-cert": "unknown", "no-such-cert": "unknown"}
    named = [gap["name"] for gap in json.loads(ran.out)["gaps"] if gap["kind"] == "Secret"]
    assert named == ["no-such-cert", "partner-cert"]
    assert run_as(shop, "reader", "shop", "check", "--select", "MTLS34").code == 3


def test_without_secrets_nothing_is_asked_and_nothing_is_blind(shop: ApiServer) -> None:
    ran = run_as(shop, "reader", "shop", "status", "--no-secrets", "-o", "json", "-v", "6")
    assert credentials(ran) == {"partner-cert": "unknown", "no-such-cert": "unknown"}
    assert "/secrets" not in ran.err
    assert json.loads(ran.out)["gaps"] == []
    assert run_as(shop, "reader", "shop", "check", "--no-secrets").code == 0


def test_expiring_within_decides_with_fail_on(shop: ApiServer) -> None:
    flags = ("status", "--fail-on", "warning", "--expiring-within")
    assert run_as(shop, "admin", "shop", *flags, "5d").code == 0
    ran = run_as(shop, "admin", "shop", *flags, "20d")
    assert ran.code == 1
    assert "partner-cert" in ran.out
    assert "MTLS341" in ran.out


def test_advice_on_a_cluster(shop: ApiServer) -> None:
    ran = run_as(shop, "admin", "shop", "status", "--advice", "-o", "json")
    advice = {one["name"]: one["advised"] for one in json.loads(ran.out)["advice"]}
    assert advice == {None: "UNKNOWN", "good.partner.example": "KEPT", "bad.partner.example": "UNKNOWN"}


def test_a_rule_in_files_uses_a_secret_of_the_cluster(shop: ApiServer, tmp_path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(rule("second", "partner-cert") + rule("third", "missing-too"))
    ran = run_as(shop, "admin", "shop", "check", "-f", str(path), "--against", "cluster", "-o", "json")
    new = [one for one in json.loads(ran.out)["findings"] if one["code"] == "MTLS340" and one["state"] == "new"]
    assert [one["object"]["name"] for one in new] == ["third"]


def test_a_policy_is_held_against_the_secrets_of_the_cluster(shop: ApiServer, tmp_path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        "apiVersion: kubectl-mtls/v1alpha1\nkind: CertificatePolicy\n"
        "rules: [{name: long, match: {purposes: [client]}, minimumLeft: 30d, keys: [RSA 3072]}]\n"
    )
    ran = run_as(shop, "admin", "shop", "check", "--policy", str(path), "-o", "json", "--select", "MTLS34,MTLS35")
    assert codes(ran) == {"MTLS340", "MTLS352", "MTLS353"}
    one = run_as(shop, "admin", "shop", "inspect-secret", "partner-cert", "--policy", str(path), "-o", "json")
    assert {"MTLS352", "MTLS353"} <= {found["code"] for found in json.loads(one.out)["items"][0]["findings"]}
