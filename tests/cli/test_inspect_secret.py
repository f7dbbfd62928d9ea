"""`inspect-secret` on files, in process."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from kubectl_mtls.certs.issue import issue, issue_root, issue_workload
from kubectl_mtls.render.rule_page import yaml_of
from kubectl_mtls.rules.secret_catalogue import SECRET_CATALOGUE
from tests.cli.conftest import Runner
from tests.live.program import run as run_files

NOW = datetime(2026, 11, 24, tzinfo=UTC)

_SECRET_AND_A_RULE_THAT_CANNOT_BE_READ = b"""
apiVersion: v1
kind: Secret
metadata: {name: partner, namespace: shop}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: partner, namespace: shop}
spec: {subsets: none}
"""


def test_machines_hear_of_users_that_could_not_be_read(run: Runner) -> None:
    answer = json.loads(run("inspect-secret -f - -o json", stdin=_SECRET_AND_A_RULE_THAT_CANNOT_BE_READ).out)
    assert answer["items"][0]["users"] == []
    assert [(gap["kind"], gap["name"], gap["reason"]) for gap in answer["gaps"]] == [
        ("DestinationRule", "partner", "Malformed")
    ]


def test_an_expired_certificate_without_key_or_ca_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "leaf.pem"
    path.write_bytes(issue("leaf", NOW, lifetime=timedelta(days=30)).pem)
    sound = run_files("inspect-secret", "-f", str(path), now=NOW)
    late = run_files("inspect-secret", "-f", str(path), "--at", "2030-01-01T00:00:00Z", now=NOW)
    assert (sound.code, late.code) == (0, 1)
    assert "MTLS317" in late.out


@pytest.mark.parametrize("passphrase", [None, b"secret"], ids=["plain", "encrypted"])
def test_a_key_alone_is_no_certificate_to_inspect(tmp_path: Path, passphrase: bytes | None) -> None:
    path = tmp_path / "leaf.key"
    path.write_bytes(issue("leaf", NOW).key_pem(passphrase))
    ran = run_files("inspect-secret", "-f", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert "holds a private key and no certificate to inspect" in ran.err


def with_values(text: str) -> bytes:
    """The manifests, with something in the Secrets: `check` looks at those that are about certificates."""
    found = [one for one in yaml.safe_load_all(text) if one]
    for one in found:
        if one["kind"] == "Secret":
            one.setdefault("stringData", {"tls.crt": "x", "tls.key": "x"})
    return yaml.safe_dump_all(found).encode()


EXAMPLES = {rule.code: with_values(yaml_of(rule.doc, "Example")) for rule, _ in SECRET_CATALOGUE}


@pytest.mark.parametrize("code", EXAMPLES)
def test_rules_about_a_secrets_surroundings_are_asked_by_inspect_secret_and_by_check(run: Runner, code: str) -> None:
    item = json.loads(run("inspect-secret -f - -o json", stdin=EXAMPLES[code]).out)["items"][0]
    assert code in {finding["code"] for finding in item["findings"]}
    sarif = json.loads(run(f"check -f - -o sarif --select {code}", stdin=EXAMPLES[code]).out)["runs"][0]
    assert {found["ruleId"] for found in sarif["results"]} == {code}
    assert code in {rule["id"] for rule in sarif["tool"]["driver"]["rules"]}


EARLIER = datetime(2026, 7, 1, tzinfo=UTC)
_IDENTITY = """
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "trustDomain: DOMAIN"}
"""


@pytest.mark.parametrize(
    ("domain", "ok"),
    [
        pytest.param("cluster.local", True, id="the mesh's own"),
        pytest.param("other.example", False, id="another mesh's"),
        pytest.param("other.example\\ntrustDomainAliases: [cluster.local]", True, id="an alias"),
    ],
)
def test_an_identity_is_one_of_the_meshs_trust_domain(run: Runner, domain: str, ok: bool) -> None:
    root = issue_root(EARLIER)
    workload = issue_workload(EARLIER, root, lifetime=timedelta(days=365))
    values = {"tls.crt": workload.pem, "tls.key": workload.key_pem(), "ca.crt": root.pem}
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "identity", "namespace": "shop"},
        "stringData": {key: value.decode() for key, value in values.items()},
    }
    text = f"{yaml.safe_dump(manifest)}---{_IDENTITY.replace('DOMAIN', domain)}"
    item = json.loads(run("inspect-secret identity -f - -o json", stdin=text.encode()).out)["items"][0]
    (identity,) = [one for one in item["fitness"] if one["use"].startswith("workload identity")]
    assert identity["ok"] is ok
    assert (identity["reason"] is None) is ok


def test_the_line_about_the_key_says_why_there_is_none(run: Runner) -> None:
    swapped = issue("leaf", NOW)
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "swapped", "namespace": "shop"},
        "stringData": {"tls.crt": swapped.key_pem().decode(), "tls.key": swapped.pem.decode()},
    }
    text = run("inspect-secret -f -", stdin=yaml.safe_dump(manifest).encode()).out
    line = next(line for line in text.splitlines() if line.startswith("KEY"))
    assert line.endswith("no PEM block of a private key; it holds a certificate")
    assert "BEGIN" not in text
