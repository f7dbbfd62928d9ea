"""`rotate` against a real API server: what ends up in the Secret, what is kept, what is refused, what never shows."""

import base64
import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root
from tests.live.program import Ran, run_as
from tests.live.terminal import answer_as
from tests.servers.api import ApiServer
from tests.servers.client import MERGE

Mesh = Callable[..., ApiServer]

NOW = datetime.now(UTC)
HOST = "DNS:cart.shop.example"
SECRETS = "/api/v1/namespaces/shop/secrets"
NAMESPACE = "\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Pki:
    """One root, and certificates under it."""

    def __init__(self) -> None:
        self.root = issue_root(NOW)
        self.issuing = issue_intermediate(NOW, self.root)
        self.old = self.leaf()
        self.new = self.leaf()

    def leaf(self, *names: str, **fields: Any) -> Issued:
        return issue("cart", NOW, self.issuing, sans=names or (HOST,), **fields)


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki()


@pytest.fixture
def shop(mesh: Mesh) -> ApiServer:
    return mesh(NAMESPACE)


def put(server: ApiServer, values: dict[str, bytes], name: str = "partner", **metadata: Any) -> None:
    data = {key: base64.b64encode(value).decode() for key, value in values.items()}
    kind = "kubernetes.io/tls" if {"tls.crt", "tls.key"} <= set(values) else "Opaque"
    body = {"apiVersion": "v1", "kind": "Secret", "type": kind, "data": data, "metadata": {"name": name, **metadata}}
    server.request("POST", SECRETS, body).must()


def put_old(server: ApiServer, pki: Pki, **metadata: Any) -> None:
    values = {"tls.crt": pki.old.chain_pem, "tls.key": pki.old.key_pem(), "ca.crt": pki.root.pem, "note": b"keep me"}
    put(server, values, labels={"team": "shop"}, **metadata)


def secret(server: ApiServer, name: str = "partner") -> dict[str, Any] | None:
    answer = server.request("GET", f"{SECRETS}/{name}")
    return None if answer.status == 404 else answer.must()


def values(server: ApiServer, name: str = "partner") -> dict[str, bytes]:
    found = secret(server, name)
    assert found is not None
    return {key: base64.b64decode(value) for key, value in found["data"].items()}


def write(folder: Path, issued: Issued, ca: Issued | None = None) -> list[str]:
    """The files of a certificate, and the flags that name them."""
    (folder / "new.pem").write_bytes(issued.chain_pem)
    (folder / "new.key").write_bytes(issued.key_pem())
    flags = ["--cert", str(folder / "new.pem"), "--key", str(folder / "new.key")]
    if ca:
        (folder / "ca.pem").write_bytes(ca.pem)
        flags += ["--ca", str(folder / "ca.pem")]
    return flags


def rotate(server: ApiServer, *argv: str, user: str = "operator", name: str = "secret/partner") -> Ran:
    return run_as(server, user, "shop", "rotate", name, *argv)


def pieces(issued: Issued) -> Iterator[str]:
    """Every way in which a part of a private key could stand in a text."""
    pem = issued.key_pem()
    body = "".join(pem.decode().splitlines()[1:-1])
    der = base64.b64decode(body)
    number = f"{issued.key.private_numbers().private_value:064x}"  # type: ignore[union-attr]
    for start in range(0, len(body) - 20, 4):
        yield body[start : start + 20]
    for offset in range(3):
        yield base64.b64encode(pem[offset + 40 : offset + 88]).decode()
    yield from (der.hex()[start : start + 24] for start in range(72, len(der.hex()) - 24, 24))
    yield from (number[:24], number[24:48], str(int(number, 16))[:20])


def assert_no_key(text: str, *keys: Issued) -> None:
    assert "PRIVATE KEY" not in text
    for key in keys:
        assert not [piece for piece in pieces(key) if piece in text or piece.upper() in text]


def test_pair_and_ca_change_in_one_write_and_everything_else_stays(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    version = secret(shop)["metadata"]["resourceVersion"]
    ran = rotate(shop, *write(tmp_path, pki.new, pki.root), "--yes", "-v", "9")
    assert ran.code == 0, ran
    assert values(shop) == {
        "tls.crt": pki.new.chain_pem, "tls.key": pki.new.key_pem(), "ca.crt": pki.root.pem, "note": b"keep me"
    }  # fmt: skip
    assert secret(shop)["metadata"]["labels"] == {"team": "shop"}
    assert "secret/partner patched" in ran.out
    assert f"serial {pki.new.certificate.serial_number:x} read back" in ran.err
    assert "undo: kubectl mtls rotate secret/partner --undo -n shop" in ran.err
    kept = values(shop, "partner-mtls-undo")
    assert kept == {"tls.crt": pki.old.chain_pem, "tls.key": pki.old.key_pem()}
    writes = [line for line in ran.err.splitlines() if line.startswith("PATCH")]
    assert len(writes) == 2, "one dry run, one write"
    assert version != secret(shop)["metadata"]["resourceVersion"]
    assert_no_key(ran.out + ran.err, pki.old, pki.new)


def test_another_operator_takes_it_back(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    before = values(shop)
    assert rotate(shop, *write(tmp_path, pki.new, pki.root), "--yes", user="admin").code == 0
    ran = rotate(shop, "--undo", "--yes", user="operator")
    assert ran.code == 0, ran
    assert values(shop) == before
    assert secret(shop, "partner-mtls-undo") is None
    assert_no_key(ran.out + ran.err, pki.old, pki.new)
    assert rotate(shop, "--undo", "--yes").code == 4


def test_undo_is_refused_after_a_later_edit(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    assert rotate(shop, *write(tmp_path, pki.new), "--yes").code == 0
    later = base64.b64encode(pki.leaf().chain_pem).decode()
    shop.request("PATCH", f"{SECRETS}/partner", {"data": {"tls.crt": later}}, content_type=MERGE).must()
    ran = rotate(shop, "--undo", "--yes")
    assert ran.code == 4, ran
    assert "somebody changed tls.crt, tls.key of secret/partner -n shop later" in ran.err


def test_second_rotation_keeps_only_the_version_before_it(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    assert rotate(shop, *write(tmp_path, pki.new), "--yes").code == 0
    ran = rotate(shop, *write(tmp_path, pki.leaf(), pki.root), "--yes")
    assert ran.code == 0, ran
    assert "undo goes one step back" in ran.out
    assert values(shop, "partner-mtls-undo") == {"tls.crt": pki.new.chain_pem, "tls.key": pki.new.key_pem()}
    assert rotate(shop, "--undo", "--yes").code == 0
    assert values(shop)["tls.crt"] == pki.new.chain_pem


def test_same_files_again_change_nothing(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    ran = rotate(shop, *write(tmp_path, pki.old, pki.root))
    assert ran.code == 0, ran
    assert ran.out == "NOTE    secret/partner -n shop holds these files already\nnothing to change\n"
    assert secret(shop, "partner-mtls-undo") is None


def test_key_in_the_last_applied_annotation_is_cleared_in_the_same_write(shop: ApiServer, pki: Pki, tmp_path: Path):
    applied = json.dumps({"data": {"tls.key": base64.b64encode(pki.old.key_pem()).decode()}})
    put_old(shop, pki, annotations={LAST_APPLIED: applied, "mine": "stays"})
    ran = rotate(shop, *write(tmp_path, pki.new), "--yes")
    assert ran.code == 0, ran
    assert secret(shop)["metadata"]["annotations"] == {"mine": "stays"}
    assert f"metadata.annotations[{LAST_APPLIED}]: <withheld> is removed" in ran.out
    assert_no_key(ran.out + ran.err, pki.old, pki.new)


def test_keys_that_istiod_takes_are_the_ones_that_change(shop: ApiServer, pki: Pki, tmp_path: Path):
    put(shop, {"cert": pki.old.chain_pem, "key": pki.old.key_pem(), "cacert": pki.root.pem})
    assert rotate(shop, *write(tmp_path, pki.new, pki.root), "--yes").code == 0
    assert values(shop) == {"cert": pki.new.chain_pem, "key": pki.new.key_pem(), "cacert": pki.root.pem}


def test_ca_of_a_companion_cannot_be_set_beside_it(shop: ApiServer, pki: Pki, tmp_path: Path):
    put(shop, {"tls.crt": pki.old.chain_pem, "tls.key": pki.old.key_pem()})
    put(shop, {"cacert": pki.root.pem}, name="partner-cacert")
    other = issue_root(NOW, "Other Root")
    refused = rotate(shop, *write(tmp_path, pki.new, other), "--yes")
    assert refused.code == 2
    assert "istiod takes the CA from secret/partner-cacert" in refused.err
    assert rotate(shop, *write(tmp_path, pki.new, pki.root), "--yes").code == 0
    only_ca = ["--ca", str(tmp_path / "ca.pem")]
    (tmp_path / "ca.pem").write_bytes(pki.root.pem + other.pem)
    assert rotate(shop, *only_ca, "--yes", name="secret/partner-cacert").code == 0
    assert values(shop, "partner-cacert") == {"cacert": pki.root.pem + other.pem}


def test_missing_secret_is_made_on_request_and_undo_deletes_it(shop: ApiServer, pki: Pki, tmp_path: Path):
    files = write(tmp_path, pki.new, pki.root)
    missing = rotate(shop, *files, "--yes")
    assert (missing.code, "--create makes it" in missing.err) == (2, True)
    ran = rotate(shop, *files, "--yes", "--create")
    assert ran.code == 0, ran
    assert "secret/partner created" in ran.out
    assert secret(shop)["type"] == "kubernetes.io/tls"
    assert_no_key(ran.out + ran.err, pki.new)
    assert rotate(shop, "--undo", "--yes").code == 0
    assert secret(shop) is None


def test_edit_between_plan_and_write_is_kept_when_the_plan_stays_the_same(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    edit = {"data": {"note": base64.b64encode(b"edited").decode()}}
    ran = answer_as(
        shop, "operator", "shop", "rotate", "secret/partner", *write(tmp_path, pki.new), answer="y",
        before=lambda: shop.request("PATCH", f"{SECRETS}/partner", edit, content_type=MERGE).must(),
    )  # fmt: skip
    assert ran.code == 0, ran
    assert "The old version is kept as secret/partner-mtls-undo." in ran.err
    assert values(shop)["note"] == b"edited"
    assert values(shop)["tls.crt"] == pki.new.chain_pem


def test_rotation_by_somebody_else_in_between_stops_and_leaves_no_undo_secret(
    shop: ApiServer, pki: Pki, tmp_path: Path
):
    put_old(shop, pki)
    theirs = pki.leaf()
    edit = {
        "data": {
            "tls.crt": base64.b64encode(theirs.chain_pem).decode(),
            "tls.key": base64.b64encode(theirs.key_pem()).decode(),
        }
    }
    ran = answer_as(
        shop, "operator", "shop", "rotate", "secret/partner", *write(tmp_path, pki.new), answer="y",
        before=lambda: shop.request("PATCH", f"{SECRETS}/partner", edit, content_type=MERGE).must(),
    )  # fmt: skip
    assert ran.code == 4, ran
    assert values(shop)["tls.crt"] == theirs.chain_pem
    assert secret(shop, "partner-mtls-undo") is None
    assert_no_key(ran.out + ran.err, pki.old, pki.new, theirs)


@pytest.mark.parametrize(
    "flags", [("--dry-run", "client"), ("--dry-run", "server"), ("-o", "yaml"), ("-o", "json"), ()]
)
def test_nothing_is_written_without_a_yes(shop: ApiServer, pki: Pki, tmp_path: Path, flags: tuple[str, ...]):
    put_old(shop, pki)
    before = secret(shop)
    ran = rotate(shop, *write(tmp_path, pki.new, pki.root), *flags)
    assert ran.code == (0 if flags else 4), ran
    assert (secret(shop), secret(shop, "partner-mtls-undo")) == (before, None)
    assert_no_key(ran.out + ran.err, pki.old, pki.new)


def test_yaml_output_withholds_the_key_only(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    ran = rotate(shop, *write(tmp_path, pki.new, pki.root), "-o", "yaml")
    printed = yaml.safe_load(ran.out)
    assert printed["data"]["tls.key"] == printed["data"]["note"] == "<withheld>"
    assert base64.b64decode(printed["data"]["tls.crt"]) == pki.new.chain_pem
    assert printed["metadata"] == {"name": "partner", "namespace": "shop", "labels": {"team": "shop"}}


def test_output_file_holds_the_key_for_its_owner_only_and_is_never_overwritten(
    shop: ApiServer, pki: Pki, tmp_path: Path
):
    put_old(shop, pki)
    before = secret(shop)
    target = tmp_path / "sealed.yaml"
    argv = [*write(tmp_path, pki.new, pki.root), "--output-file", str(target)]
    ran = rotate(shop, *argv)
    assert ran.code == 0, ran
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert base64.b64decode(yaml.safe_load(target.read_text())["data"]["tls.key"]) == pki.new.key_pem()
    assert secret(shop) == before
    again = rotate(shop, *argv)
    assert (again.code, "it is not overwritten" in again.err) == (2, True)
    assert_no_key(ran.out + ran.err + again.out + again.err, pki.old, pki.new)


def test_key_comes_from_standard_input(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    write(tmp_path, pki.new)
    argv = ("rotate", "secret/partner", "--cert", str(tmp_path / "new.pem"), "--key", "-", "--yes")
    ran = run_as(shop, "operator", "shop", *argv, stdin=pki.new.key_pem())
    assert ran.code == 0, ran
    assert values(shop)["tls.key"] == pki.new.key_pem()


def test_objections_are_accepted_by_code(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki, annotations={"cert-manager.io/certificate-name": "partner"})
    expired = pki.leaf("DNS:other.example", age=timedelta(days=100), lifetime=timedelta(days=90))
    files = write(tmp_path, expired)
    refused = rotate(shop, *files, "--yes")
    assert refused.code == 4, refused
    assert "--accept MTLS704,MTLS706,MTLS707" in refused.err
    assert "names of the old certificate that the new one lacks: DNS:cart.shop.example" in refused.out
    assert "kept by cert-manager" in refused.out
    accepted = rotate(shop, *files, "--yes", "--accept", "MTLS704,MTLS706", "--accept", "MTLS707")
    assert accepted.code == 0, accepted


def test_chain_that_does_not_lead_to_the_ca_is_an_objection(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    alone = tmp_path / "leaf.pem"
    files = write(tmp_path, pki.new)
    alone.write_bytes(pki.new.pem)
    ran = rotate(shop, "--cert", str(alone), *files[2:], "--yes")
    assert ran.code == 4, ran
    assert 'MTLS705  chain-does-not-verify  issuer "Example Issuing CA" of "cart" is missing' in ran.out


def test_wrong_files_are_explained_without_a_byte_of_the_key(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    before = secret(shop)
    files = write(tmp_path, pki.new)
    key = tmp_path / "other.key"
    cases = {
        "is not the key of the first certificate": pki.old.key_pem(),
        "encrypted with a passphrase": pki.new.key_pem(b"secret words"),
        "there is no PEM block of a private key": b"no key",
        "is damaged": pki.new.key_pem()[:-40],
    }
    for words, content in cases.items():
        key.write_bytes(content)
        ran = rotate(shop, *files[:2], "--key", str(key), "--yes")
        assert (ran.code, words in ran.err) == (2, True), (words, ran)
        assert_no_key(ran.out + ran.err, pki.old, pki.new)
    (tmp_path / "both.pem").write_bytes(pki.new.chain_pem + pki.new.key_pem())
    both = rotate(shop, "--cert", str(tmp_path / "both.pem"), *files[2:], "--yes")
    assert (both.code, "--cert holds a private key too" in both.err) == (2, True)
    assert secret(shop) == before


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param((), "the new files are missing", id="no files"),
        pytest.param(("--cert", "x"), "--cert x: cannot be read: No such file or directory", id="no such file"),
        pytest.param(("--cert", "-", "--key", "-"), "standard input (-) can be only one", id="two from stdin"),
        pytest.param(("--undo", "--create"), "it takes no files", id="undo with files"),
    ],
)
def test_what_is_typed_wrong_is_explained(shop: ApiServer, argv: tuple[str, ...], words: str):
    ran = rotate(shop, *argv, "--yes")
    assert (ran.code, words in ran.err) == (2, True), ran


def test_reader_is_told_the_missing_rule(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    ran = rotate(shop, *write(tmp_path, pki.new), "--yes", user="reader")
    assert ran.code == 3, ran
    assert "missing RBAC rule: get secrets/partner in namespace shop" in ran.err


def test_immutable_secret_is_refused(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    shop.request("PATCH", f"{SECRETS}/partner", {"immutable": True}, content_type=MERGE).must()
    ran = rotate(shop, *write(tmp_path, pki.new), "--yes")
    assert (ran.code, "is immutable" in ran.err) == (4, True), ran


def test_signing_key_of_the_mesh_is_not_rotated_like_this(shop: ApiServer, pki: Pki, tmp_path: Path):
    argv = ("rotate", "secret/cacerts", "-n", "istio-system", *write(tmp_path, pki.new))
    ran = run_as(shop, "operator", "shop", *argv)
    assert (ran.code, "the mesh's own signing key" in ran.err) == (2, True), ran


INJECTOR = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: injector}
webhooks:
- name: rev.namespace.sidecar-injector.istio.io
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  rules: [{apiGroups: [example.org], apiVersions: [v1], resources: [nothing], operations: [CREATE]}]
  clientConfig: {service: {name: istiod, namespace: mesh-system}}
"""


def test_signing_key_of_the_mesh_is_where_the_injectors_say(mesh: Mesh, pki: Pki, tmp_path: Path):
    files = write(tmp_path, pki.new)
    server = mesh(NAMESPACE + "---\n" + INJECTOR)
    ran = run_as(server, "operator", "shop", "rotate", "secret/cacerts.mesh-system", *files)
    assert (ran.code, "is the mesh's own signing key" in ran.err) == (2, True), ran
    ran = run_as(server, "operator", "shop", "rotate", "secret/cacerts", *files)
    assert (ran.code, "does not exist" in ran.err) == (2, True), ran


GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: shop}
spec:
  selector: {istio: ingress}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [cart.shop.example]
    tls: {mode: SIMPLE, credentialName: partner}
"""


def test_users_are_shown_and_a_certificate_that_fits_them_not_is_an_objection(mesh: Mesh, pki: Pki, tmp_path: Path):
    server = mesh(NAMESPACE, GATEWAY)
    files = write(tmp_path, pki.leaf(extended_usages=("clientAuth",)), pki.root)
    ran = rotate(server, *files, "--create", "--yes")
    assert ran.code == 4, ran
    assert "USERS   gateway/front -n shop  server certificate for cart.shop.example" in ran.out
    assert "gateway/front -n shop uses it as server certificate, and it cannot serve as server" in ran.out


def test_cluster_without_istio_rotates_as_well(bare_cluster: ApiServer, pki: Pki, tmp_path: Path):
    ran = run_as(
        bare_cluster, "admin", "default", "rotate", "secret/partner", *write(tmp_path, pki.new), "--create", "--yes"
    )
    assert ran.code == 0, ran
    assert "USERS   no DestinationRule or Gateway names it" in ran.out
    bare_cluster.reset()


def test_secret_without_a_pair_gets_one_and_comes_back(shop: ApiServer, pki: Pki, tmp_path: Path):
    put(shop, {"foo": b"bar"})
    ran = rotate(shop, *write(tmp_path, pki.new, pki.root), "--yes")
    assert ran.code == 0, ran
    assert "verified: it reads back as written" in ran.err
    assert rotate(shop, "--undo", "--yes").code == 0
    assert values(shop) == {"foo": b"bar"}


def test_undo_as_it_is_printed_works(shop: ApiServer, pki: Pki, tmp_path: Path):
    server_only = pki.leaf("DNS:other.example", extended_usages=("serverAuth",))
    put(shop, {"tls.crt": server_only.chain_pem, "tls.key": server_only.key_pem(), "ca.crt": pki.root.pem})
    ran = rotate(
        shop, *write(tmp_path, pki.leaf(extended_usages=("clientAuth",))), "--yes", "--accept", "MTLS705,MTLS706"
    )
    assert ran.code == 0, ran
    printed = ran.err.partition("undo: kubectl mtls ")[2].splitlines()[0].split()
    back = run_as(shop, "operator", "default", *printed, "--yes")
    assert back.code == 0, back
    assert values(shop)["tls.crt"] == server_only.chain_pem


def test_undo_secret_of_a_deleted_secret_goes_when_it_is_made_anew(shop: ApiServer, pki: Pki, tmp_path: Path):
    put_old(shop, pki)
    assert rotate(shop, *write(tmp_path, pki.new), "--yes").code == 0
    shop.request("DELETE", f"{SECRETS}/partner").must()
    ran = rotate(shop, *write(tmp_path, pki.leaf(), pki.root), "--create", "--yes")
    assert ran.code == 0, ran
    assert (
        "secret/partner-mtls-undo holds a version, with its key, of an earlier secret/partner that is gone" in ran.out
    )
    assert secret(shop, "partner-mtls-undo") is None
    assert rotate(shop, "--undo", "--yes").code == 0
    assert secret(shop) is None


def test_search_for_keys_finds_them(pki: Pki):
    pem = pki.new.key_pem()
    encoded = base64.b64encode(pem).decode()
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    for text in (pem.decode(), encoded, encoded[30:150], der.hex(), der.hex().upper(), pem.decode().splitlines()[1]):
        with pytest.raises(AssertionError):
            assert_no_key(f"said: {text}", pki.new)
