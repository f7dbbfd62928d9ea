"""`inspect-secret` on files of every form, in process: what it reads, what it says, what it never shows."""

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID

from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root
from tests.cli.conftest import NOW, Run, Runner

ROOT = issue_root(NOW)
INTERMEDIATE = issue_intermediate(NOW, ROOT)
LEAF = issue("cart", NOW, INTERMEDIATE, sans=("DNS:cart.example",))
RENEWED = issue("cart", NOW, INTERMEDIATE, sans=("DNS:cart.example", "DNS:new.example"), key=LEAF.key)
OTHER = issue("cart", NOW, INTERMEDIATE, sans=("DNS:cart.example",))
DER = LEAF.certificate.public_bytes(serialization.Encoding.DER)
PASSPHRASE = b"correct horse"


def manifest(name: str, kind: str = "Secret", **data: bytes) -> str:
    values = {
        key.replace("_", "."): base64.b64encode(value).decode() if kind == "Secret" else value.decode()
        for key, value in data.items()
    }
    metadata = {"name": name, "namespace": "shop"}
    return yaml.safe_dump({"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": values})


def pair(issued: Issued = LEAF, name: str = "partner") -> str:
    return manifest(name, tls_crt=issued.chain_pem, tls_key=issued.key_pem(), ca_crt=ROOT.pem)


def inspected(run: Runner, line: str, content: bytes | str = b"") -> tuple[int, list[dict]]:
    stdin = content.encode() if isinstance(content, str) else content
    found = run(f"inspect-secret {line} -o json", stdin=stdin)
    assert found.out, found.err
    return found.code, json.loads(found.out)["items"]


def key_is_hidden(found: Run) -> bool:
    body = LEAF.key_pem().decode().splitlines()[1]
    return body[:30] not in found.out + found.err


def archive(passphrase: bytes | None) -> bytes:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    cas = [INTERMEDIATE.certificate, ROOT.certificate]
    return pkcs12.serialize_key_and_certificates(b"cart", LEAF.key, LEAF.certificate, cas, encryption)


PASTED = {
    "CRLF": LEAF.chain_pem.replace(b"\n", b"\r\n"),
    "no line ends": LEAF.chain_pem.replace(b"\n", b""),
    "blanks for line ends": LEAF.chain_pem.replace(b"\n", b" "),
    "written-out line ends": LEAF.chain_pem.replace(b"\n", b"\\n"),
    "double base64": base64.b64encode(LEAF.chain_pem),
    "base64 of DER": base64.b64encode(DER),
    "DER": DER,
    "PKCS #7": pkcs7.serialize_certificates([LEAF.certificate], serialization.Encoding.DER),
    "UTF-16": LEAF.chain_pem.decode().encode("utf-16"),
    "missing line end between two": LEAF.pem.rstrip(b"\n") + INTERMEDIATE.pem,
}


@pytest.mark.parametrize("form", PASTED)
def test_a_certificate_is_found_in_whatever_was_pasted(run: Runner, form: str) -> None:
    _, (item,) = inspected(run, "-f -", PASTED[form])
    assert item["certificates"][0]["subject"] == "CN=cart"


@pytest.mark.parametrize("form", sorted(set(PASTED) - {"CRLF", "UTF-16"}))
def test_in_a_secret_such_a_form_is_named_and_is_an_error(run: Runner, form: str) -> None:
    code, (item,) = inspected(
        run, "-f -", manifest("partner", tls_crt=PASTED[form], tls_key=LEAF.key_pem(), ca_crt=ROOT.pem)
    )
    assert code == 1
    assert item["forms"]["tls.crt"]
    assert item["verifies"]["client"] is not True
    assert any(one["form"] for one in item["certificates"])


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_an_archive_is_opened_and_its_key_compared(run: Runner, tmp_path: Path, passphrase: bytes | None) -> None:
    (tmp_path / "pass").write_bytes(PASSPHRASE + b"\n")
    code, (item,) = inspected(run, f"-f - --passphrase-file {tmp_path / 'pass'}", archive(passphrase))
    assert (item["type"], item["keyMatches"], item["verifies"]) == (
        "PKCS #12 file",
        True,
        {"client": True, "server": True},
    )
    assert code == 0


def test_the_passphrase_may_come_from_standard_input(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "cart.p12").write_bytes(archive(PASSPHRASE))
    _, (item,) = inspected(run, f"-f {tmp_path / 'cart.p12'} --passphrase-file -", PASSPHRASE)
    assert item["keyMatches"] is True


@pytest.mark.parametrize(
    ("flags", "words"), [("", "asks for a passphrase"), ("--passphrase-file {wrong}", "does not open it")]
)
def test_an_archive_that_stays_closed_is_said(run: Runner, tmp_path: Path, flags: str, words: str) -> None:
    (tmp_path / "wrong").write_bytes(b"battery staple")
    found = run(f"inspect-secret -f - {flags.format(wrong=tmp_path / 'wrong')}", stdin=archive(PASSPHRASE))
    assert found.code == 2
    assert words in found.err


def test_both_from_standard_input_is_refused(run: Runner) -> None:
    assert run("inspect-secret -f - --passphrase-file -").code == 2


def test_an_encrypted_key_with_its_passphrase_tells_whose_it_is_and_stays_unusable(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "pass").write_bytes(PASSPHRASE)
    content = LEAF.chain_pem + LEAF.key_pem(PASSPHRASE) + ROOT.pem
    code, (item,) = inspected(run, f"-f - --passphrase-file {tmp_path / 'pass'}", content)
    assert (code, item["keyMatches"], item["privateKey"]["state"]) == (1, True, "encrypted")


def request_pem(key) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wanted")])
    names = x509.SubjectAlternativeName([x509.DNSName("cart.example")])
    made = x509.CertificateSigningRequestBuilder(name).add_extension(names, critical=False).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def test_a_request_is_shown_and_compared_with_the_key(run: Runner) -> None:
    _, (item,) = inspected(run, "-f -", request_pem(LEAF.key))
    (request,) = item["requests"]
    assert (request["subject"], request["names"], request["signed"]) == ("CN=wanted", ["DNS:cart.example"], True)
    text = run("inspect-secret -f -", stdin=request_pem(LEAF.key) + LEAF.chain_pem + LEAF.key_pem() + ROOT.pem).out
    assert "of this key" in text


def test_a_config_map_is_a_bundle_and_a_sound_one_is_no_error(run: Runner) -> None:
    for data_key in ("root_cert_pem", "ca_crt", "trust_bundle_pem"):
        name = {"root_cert_pem": "root-cert.pem", "trust_bundle_pem": "trust-bundle.pem"}.get(data_key, "ca.crt")
        text = manifest("istio-ca-root-cert", "ConfigMap", **{data_key: ROOT.pem}).replace(
            data_key.replace("_", "."), name
        )
        found = run("inspect-secret -f -", stdin=text.encode())
        assert found.code == 0, found.text
        assert "TRUSTS  1 certificate" in found.out
        assert "trust anchor: yes" in found.out


def test_a_mesh_config_is_no_bundle(run: Runner) -> None:
    mesh, roots = manifest("istio", "ConfigMap", mesh=b"trustDomain: x"), manifest("roots", "ConfigMap", pem=ROOT.pem)
    found = run("inspect-secret -f -", stdin=mesh.encode())
    assert (found.code, found.out) == (2, "")
    assert "the files hold no Secret and no certificate" in found.err
    _, items = inspected(run, "-f -", mesh + "---\n" + roots)
    assert [item["name"] for item in items] == ["roots"]


def test_a_cluster_trust_bundle_is_read(run: Runner) -> None:
    bundle = {
        "apiVersion": "certificates.k8s.io/v1beta1",
        "kind": "ClusterTrustBundle",
        "metadata": {"name": "istio.io:istiod-ca:root-cert"},
        "spec": {"signerName": "istio.io/istiod-ca", "trustBundle": (ROOT.pem + INTERMEDIATE.pem).decode()},
    }
    found = run("inspect-secret -f -", stdin=yaml.safe_dump(bundle).encode())
    assert found.code == 0
    assert "BUNDLE  clustertrustbundle/istio.io:istiod-ca:root-cert" in found.out
    assert "is an intermediate" in found.out


def test_of_two_roots_with_one_key_the_expired_one_must_not_come_first(run: Runner) -> None:
    old = issue(
        "Root",
        NOW,
        None,
        is_ca=True,
        key=ROOT.key,
        age=NOW - NOW.replace(year=2020),
        lifetime=NOW - NOW.replace(year=2022),
    )
    new = issue("Root", NOW, None, is_ca=True, key=ROOT.key)
    for order, code in (((old, new), 1), ((new, old), 0)):
        text = manifest("roots", "ConfigMap", ca_crt=b"".join(one.pem for one in order))
        found = run("inspect-secret -f -", stdin=text.encode())
        assert (found.code, "MTLS330" in found.out) == (code, bool(code)), found.text


def test_pem_is_certificates_alone(run: Runner) -> None:
    found = run("inspect-secret -f - -o pem", stdin=pair().encode())
    assert found.out.count("-----BEGIN CERTIFICATE-----") == 3
    assert "PRIVATE KEY" not in found.out
    assert key_is_hidden(found)


def test_names_are_printed_as_kubectl_prints_them(run: Runner) -> None:
    text = pair() + "---\n" + manifest("roots", "ConfigMap", ca_crt=ROOT.pem)
    assert run("inspect-secret -f - -o name", stdin=text.encode()).out == "secret/partner\nconfigmap/roots\n"


def test_a_name_may_say_of_which_kind_it_is(run: Runner) -> None:
    text = (pair() + "---\n" + manifest("partner", "ConfigMap", ca_crt=ROOT.pem)).encode()
    for name, kind in (("cm/partner", "configmap/partner\n"), ("secret/partner", "secret/partner\n")):
        assert run(f"inspect-secret {name} -f - -o name", stdin=text).out == kind
    assert run("inspect-secret pod/partner -f - -o name", stdin=text).code == 2


def test_the_chain_is_drawn_from_the_root_down(run: Runner) -> None:
    lines = run("inspect-secret -f - --chain", stdin=pair().encode()).out.splitlines()
    assert lines[0] == "Secret shop/partner"
    assert lines[1].startswith("Example Root  ca.crt[0]")
    assert [line.strip().split("  ")[0] for line in lines[2:]] == ["└─ Example Issuing CA", "└─ cart"]
    assert "has the key" in lines[3]


def test_a_missing_issuer_is_drawn_as_missing(run: Runner) -> None:
    text = manifest("partner", tls_crt=LEAF.pem, tls_key=LEAF.key_pem(), ca_crt=ROOT.pem)
    assert "(not here)" in run("inspect-secret -f - --chain", stdin=text.encode()).out


def test_a_missing_issuer_is_looked_for_in_all_that_was_read(run: Runner) -> None:
    lacking = manifest("partner", tls_crt=LEAF.pem, tls_key=LEAF.key_pem(), ca_crt=ROOT.pem)
    beside = manifest("issuing", "ConfigMap", pem=INTERMEDIATE.pem)
    _, items = inspected(run, "partner -f -", lacking + "---\n" + beside)
    said = [one["message"] for one in items[0]["findings"] if one["name"] == "issuer-missing"]
    assert said == ['issuer "Example Issuing CA" of "cart" is missing; it is in pem of configmap/issuing -n shop']


def test_a_cross_signed_root_gives_a_second_line_about_the_chain(run: Runner) -> None:
    other = issue_root(NOW, "Other Root")
    cross = issue("Example Root", NOW, other, is_ca=True, key=ROOT.key, lifetime=timedelta(days=20))
    chain, anchors = LEAF.chain_pem + cross.pem, ROOT.pem + other.pem
    text = manifest("partner", tls_crt=chain, tls_key=LEAF.key_pem(), ca_crt=anchors)
    lines = run("inspect-secret partner -f -", stdin=text.encode()).out.splitlines()
    assert lines[3:5] == [
        "CHAIN   verifies to Example Root; ends in 89d",
        "        also verifies to Other Root; ends in 19d, because Example Root ends before its leaf",
    ]
    _, items = inspected(run, "partner -f -", text)
    (way,) = items[0]["alternatives"]
    assert len(way["path"]) == 4
    assert way["effectiveNotAfter"] < items[0]["effectiveNotAfter"]


def test_two_secrets_are_compared_and_the_kept_key_is_said(run: Runner) -> None:
    both = (pair() + "---\n" + pair(RENEWED, "renewed")).encode()
    found = run("inspect-secret partner --diff renewed -f -", stdin=both)
    assert found.code == 1
    assert "DNS:new.example" in found.out
    assert "the private key is the same" in found.out
    assert run("inspect-secret partner --diff partner2 -f -", stdin=both).code == 2
    same = (pair() + "---\n" + pair(LEAF, "copy")).encode()
    assert run("inspect-secret partner --diff copy -f -", stdin=same).code == 0


def test_a_key_of_two_certificates_is_a_finding_and_a_copy_is_none(run: Runner) -> None:
    _, items = inspected(run, "-f -", pair() + "---\n" + pair(RENEWED, "renewed"))
    assert all(any(one["code"] == "MTLS331" for one in item["findings"]) for item in items)
    _, items = inspected(run, "-f -", pair() + "---\n" + pair(LEAF, "copy"))
    assert not any(one["code"] == "MTLS331" for item in items for one in item["findings"])
    both = (pair() + "---\n" + pair(RENEWED, "renewed")).encode()
    assert "belongs to the certificate, shared with another certificate" in run("inspect-secret -f -", stdin=both).out


def test_a_renewal_that_kept_the_key_is_a_finding(run: Runner) -> None:
    undo = manifest("partner-mtls-undo", tls_crt=LEAF.chain_pem)
    _, items = inspected(run, "partner -f -", pair(RENEWED) + "---\n" + undo)
    assert any(one["code"] == "MTLS332" for one in items[0]["findings"])


@pytest.mark.parametrize(
    ("before", "words", "renewed"),
    [
        ({}, "belongs to the certificate", None),
        ({"tls_crt": OTHER.chain_pem}, "belongs to the certificate, unchanged since the last renewal", False),
        (
            {"tls_crt": OTHER.chain_pem, "tls_key": OTHER.key_pem()},
            "belongs to the certificate, new at the last renewal",
            True,
        ),
    ],
    ids=["nothing kept", "certificate alone", "both"],
)
def test_the_line_about_the_key_knows_what_the_last_renewal_replaced(
    run: Runner, before: dict[str, bytes], words: str, renewed: bool | None
) -> None:
    text = pair() + "---\n" + (manifest("partner-mtls-undo", **before) if before else "")
    assert f"KEY     ECDSA P-256, {words}\n" in run("inspect-secret partner -f -", stdin=text.encode()).out
    _, items = inspected(run, "partner -f -", text)
    assert items[0]["privateKey"]["renewed"] is renewed


def test_a_folder_may_hold_manifests_and_certificate_files(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(pair())
    (tmp_path / "cart.der").write_bytes(DER)
    (tmp_path / "roots.pem").write_bytes(ROOT.pem)
    _, items = inspected(run, f"-f {tmp_path}")
    assert {item["kind"] for item in items} == {"Secret", "ConfigMap"}
    assert len(items) == 3


@contextmanager
def served(issued: Issued, folder: Path, *, asks: bool = False, old: bool = False) -> Iterator[str]:
    """A TLS server on loopback that shows this chain."""
    (folder / "chain").write_bytes(issued.chain_pem)
    (folder / "key").write_bytes(issued.key_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain", folder / "key")
    if old:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=ROOT.pem.decode())
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener.accept()[0] as connection:
            connection.settimeout(10)
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)
            except OSError:
                pass

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(10)
        listener.close()


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("old", [False, True])
def test_what_is_served_is_compared_with_what_is_stored(run: Runner, tmp_path: Path, asks: bool, old: bool) -> None:
    for stored, code in ((LEAF, 0), (RENEWED, 1)):
        with served(LEAF, tmp_path, asks=asks, old=old) as address:
            found = run(
                f"inspect-secret -f - --connect {address} --servername cart.example -o json",
                stdin=pair(stored).encode(),
            )
        answer = json.loads(found.out)["served"]
        assert found.code == code
        assert (len(answer["certificates"]), answer["asksForClientCertificate"]) == (2, asks)
        assert answer["beside"][0] == {
            "stored": "secret/partner -n shop",
            "same": code == 0,
            "verifies": True,
            "reason": None,
            "named": True,
        }


def test_what_is_served_can_be_looked_at_for_itself_and_as_a_difference(run: Runner, tmp_path: Path) -> None:
    with served(LEAF, tmp_path) as address:
        shown = run(f"inspect-secret --connect {address}")
    assert shown.code == 0
    assert f"SERVER  {address}" in shown.out
    assert "DNS:cart.example" in shown.out
    with served(LEAF, tmp_path) as address:
        found = run(f"inspect-secret -f - --connect {address} --diff served", stdin=pair(RENEWED).encode())
    assert found.code == 1
    assert "DNS:new.example" in found.out


@pytest.mark.parametrize(("address", "code"), [("nowhere", 2), ("127.0.0.1:1", 3), ("a:b", 2), ("[::1]:0", 2)])
def test_an_address_that_is_none_or_does_not_answer_is_said(run: Runner, address: str, code: int) -> None:
    assert run(f"inspect-secret --connect {address} --request-timeout 5s").code == code


def test_something_else_than_tls_is_said(run: Runner) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(1000)

    thread = threading.Thread(target=answer)
    thread.start()
    found = run(f"inspect-secret --connect 127.0.0.1:{listener.getsockname()[1]}")
    thread.join(10)
    listener.close()
    assert found.code == 3
    assert "no TLS server" in found.err


def test_without_anything_to_look_at_it_says_what_to_give(run: Runner) -> None:
    found = run("inspect-secret")
    assert found.code == 2
    assert "give the NAME of a Secret" in found.err
