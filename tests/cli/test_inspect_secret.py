"""`inspect-secret` on files, in process."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kubectl_mtls.certs.issue import issue
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
