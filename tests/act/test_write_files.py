"""A file is changed as a whole or not at all, and stays what it was otherwise: its mode, and a link a link."""

from pathlib import Path

import pytest

from tests.live.program import run

POLICY = """# the shop's own policy
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec:
  mtls:
    mode: STRICT  # since the audit
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    path.chmod(0o640)
    return path


def switch(path: Path, *more: str) -> int:
    return run("switch-mode", "pa/default", "-n", "shop", "--to", "DISABLE", "-f", str(path), "--write", *more).code


def test_nothing_but_the_mode_changes_in_the_file(policy: Path) -> None:
    assert switch(policy, "--yes") == 0
    assert policy.read_text() == POLICY.replace("STRICT", "DISABLE")
    assert policy.stat().st_mode & 0o777 == 0o640
    assert list(policy.parent.iterdir()) == [policy]


def test_a_link_stays_a_link_and_its_target_is_changed(policy: Path) -> None:
    link = policy.with_name("link.yaml")
    link.symlink_to(policy)
    assert switch(link, "--yes") == 0
    assert link.is_symlink()
    assert "mode: DISABLE" in policy.read_text()


def test_a_file_that_cannot_be_written_stays_as_it_was(policy: Path) -> None:
    (policy.parent / f".{policy.name}.kubectl-mtls").mkdir()
    assert switch(policy, "--yes") == 2
    assert policy.read_text() == POLICY
