"""`snapshot` of a real API server: the file gives the answers that the cluster gave, and holds nothing secret."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples.make_certificates import write_certificates
from kubectl_mtls.model.snapshot_info import is_snapshot_info
from tests.live.program import Ran, run, run_as
from tests.servers.api import ApiServer
from tests.servers.manifests import parse_manifests

NOW = datetime.now(UTC)


def take(server: ApiServer, folder: Path, user: str, *flags: str, namespace: str = "shop") -> Path:
    ran = run_as(server, user, namespace, "snapshot", *flags)
    assert (ran.code, ran.err) == (0, "")
    path = folder / "snapshot.yaml"
    path.write_text(ran.out)
    return path


def keys(folder: Path) -> list[bytes]:
    """Every private key that was made for an example."""
    secrets = [
        one for file in folder.glob("*.yaml") for one in parse_manifests(file.read_text()) if one["kind"] == "Secret"
    ]
    values = [base64.b64decode(value) for one in secrets for value in one["data"].values()]
    found = [value for value in values if b"PRIVATE KEY" in value]
    assert found
    return found


def assert_without(text: str, pem: bytes) -> None:
    """No line of a key, as it is, in base64 at any offset, or twice."""
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    private = der[:-91][-32:] if len(der) < 200 else der[40:]
    forms = [private.hex(), *(base64.b64encode(part[at:]).decode() for part in (private, pem) for at in range(3))]
    forms += [base64.b64encode(form.encode()).decode() for form in forms]
    values = [value for one in parse_manifests(text) if one["kind"] == "Secret" for value in one["data"].values()]
    everything = text + "".join(base64.b64decode(value).decode("latin-1") for value in values)
    assert not [form for form in forms if form[4:24] in everything]
    assert "PRIVATE KEY-----" not in everything


def info_of(path: Path) -> dict[str, Any]:
    (first, *others) = parse_manifests(path.read_text())
    assert is_snapshot_info(first)
    assert not any(is_snapshot_info(one) for one in others)
    return first


def same(live: Ran, offline: Ran) -> None:
    assert (live.code, live.err) == (offline.code, offline.err)
    assert live.out == offline.out


@pytest.mark.parametrize("output", ["json", "wide"])
@pytest.mark.parametrize("name", ["shop", "shop-in-trouble"])
@pytest.mark.parametrize("flags", [("-A",), ("-n", "shop")], ids=["all", "one"])
def test_status_of_the_file_is_status_of_the_cluster(
    mesh, tmp_path: Path, name: str, flags: tuple[str, ...], output: str
):
    write_certificates(tmp_path, NOW)
    server = mesh(name, tmp_path / name)
    path = take(server, tmp_path, "admin", *flags)
    at = info_of(path)["time"]
    live = run_as(server, "admin", "shop", "status", *flags, "-o", output, "--at", at)
    same(live, run("status", "-f", str(path), "-o", output))
    assert live.out.count("\n") > 10


def test_the_signing_ca_is_in_it_only_where_it_was_asked_for(mesh, tmp_path: Path):
    write_certificates(tmp_path, NOW)
    server = mesh("shop", tmp_path / "shop")
    asked = ("status", "--read-ca", "-o", "json")
    path = take(server, tmp_path, "admin", "-A", "--read-ca")
    live = run_as(server, "admin", "shop", *asked, "-A", "--at", info_of(path)["time"])
    same(live, run(*asked, "-f", str(path)))
    assert json.loads(live.out)["ca"]["signingCertificate"]
    offline = json.loads(run(*asked, "-f", str(take(server, tmp_path, "admin", "-A"))).out)
    assert offline["ca"]["signingCertificate"] is None
    assert "taken without --read-ca" in json.dumps(offline["gaps"])


@pytest.mark.parametrize("name", ["shop", "shop-in-trouble"])
def test_secrets_get_the_same_verdicts(mesh, tmp_path: Path, name: str):
    write_certificates(tmp_path, NOW)
    server = mesh(name, tmp_path / name)
    path = take(server, tmp_path, "admin", "-A")
    asked = ("inspect-secret", "partner-cert", "-o", "json")
    live = run_as(server, "admin", "shop", *asked, "--at", info_of(path)["time"])
    offline = run(*asked, "-n", "shop", "-f", str(path))
    assert live.code == offline.code
    assert without_changes(live) == without_changes(offline)
    assert json.loads(live.out)["items"][0]["keyMatches"] is True


def without_changes(ran: Ran) -> Any:
    """The items without who changed the Secret when: managedFields of Secrets are left out."""
    return json.loads(
        ran.out, object_hook=lambda one: {key: value for key, value in one.items() if key not in ("changed", "origin")}
    )["items"]


def test_there_is_never_a_byte_of_a_key(mesh, tmp_path: Path):
    write_certificates(tmp_path, NOW)
    path = take(mesh("shop", tmp_path / "shop"), tmp_path, "admin", "-A", "--read-ca")
    text = path.read_text()
    assert text.count("kind: Secret") == 3
    for pem in keys(tmp_path / "shop"):
        assert_without(text, pem)
    assert "last-applied" not in text


def test_what_was_forbidden_stays_unknown(mesh, tmp_path: Path):
    server = mesh("shop")
    path = take(server, tmp_path, "shop-only")
    asked = ("status", "-o", "json")
    live = run_as(server, "shop-only", "shop", *asked, "--at", info_of(path)["time"])
    same(live, run(*asked, "-f", str(path)))
    assert "UNKNOWN" in live.out
    assert run(*asked, "-f", str(path), "--fail-on", "error").code == 3


def test_a_snapshot_of_one_namespace_says_nothing_of_others(mesh, tmp_path: Path):
    path = take(mesh("shop"), tmp_path, "admin")
    answer = json.loads(run("status", "-f", str(path), "-A", "-o", "json").out)
    assert "the snapshot holds the pods of namespace shop only" in [gap["detail"] for gap in answer["gaps"]]
    ran = run("check", "-f", str(path), "-A", "--ignore", "missing-credential")
    assert ran.code == 3


def test_secrets_are_read_by_name_and_not_at_all_without(mesh, tmp_path: Path):
    write_certificates(tmp_path, NOW)
    server = mesh("shop", tmp_path / "shop")
    asked = run_as(server, "admin", "shop", "snapshot", "-v", "6")
    assert "/secrets/partner-cert " in asked.err
    assert "istio-ingress/secrets" not in asked.err
    assert "/secrets " not in asked.err
    assert "/secrets" not in run_as(server, "admin", "shop", "snapshot", "--no-secrets", "-v", "6").err


def test_taken_again_from_the_file_it_is_the_same(mesh, tmp_path: Path):
    write_certificates(tmp_path, NOW)
    path = take(mesh("shop", tmp_path / "shop"), tmp_path, "admin", "-A")
    assert run("snapshot", "-f", str(path)).out == path.read_text()
