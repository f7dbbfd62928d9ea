from datetime import timedelta
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from kubectl_mtls.certs.certificate import parse_certificate, parse_certificates
from kubectl_mtls.certs.issue import issue, issue_workload, new_key
from kubectl_mtls.certs.name import parse_name
from kubectl_mtls.certs.pem import read_blocks, write_block
from kubectl_mtls.certs.spiffe import ForeignSpiffeId, SpiffeId, parse_spiffe_id
from tests.certs.pki import NOW, intermediate, leaf, root


def test_every_fact_of_a_certificate_is_read():
    (certificate,), problems = parse_certificates(leaf().pem)
    assert not problems
    assert (certificate.subject.text, certificate.issuer.short) == ("CN=cart", "Example Issuing CA")
    assert (certificate.key_type, certificate.signature_algorithm) == ("ECDSA P-256", "ECDSA with SHA-256")
    assert certificate.sans == ("DNS:cart.shop.example",)
    assert certificate.extensions.key_usages == ("digitalSignature",)
    assert certificate.extensions.extended_usages == ("serverAuth", "clientAuth")
    assert certificate.not_after - certificate.not_before == timedelta(days=90)
    assert certificate.not_after.utcoffset() == timedelta(0)
    assert not certificate.is_ca
    assert not certificate.self_issued
    assert "der" not in repr(certificate)


def test_a_root_is_self_signed_and_an_intermediate_is_not():
    (top,), _ = parse_certificates(root().pem)
    (middle,), _ = parse_certificates(intermediate().pem)
    assert top.self_signed
    assert top.is_ca
    assert not middle.self_signed
    assert middle.extensions.path_length == 0
    assert middle.extensions.authority_key_id == top.extensions.subject_key_id


def test_a_workload_certificate_names_its_identity():
    (certificate,), _ = parse_certificates(issue_workload(NOW, root(), "shop", "cart").pem)
    assert certificate.spiffe_ids == (SpiffeId("cluster.local", "shop", "cart"),)
    assert certificate.subject.text == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [("P-384", "ECDSA P-384"), ("RSA 2048", "RSA 2048"), ("Ed25519", "Ed25519"), ("RSA 1024", "RSA 1024")],
)
def test_key_types_have_their_common_names(kind, text):
    (certificate,), _ = parse_certificates(issue("x", NOW, key=new_key(kind)).pem)
    assert certificate.key_type == text


def _constrained(**constraints: list[x509.GeneralName]) -> x509.Certificate:
    """A root with name constraints, which `issue` has no field for."""
    of_root = root().certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(of_root.subject)
        .issuer_name(of_root.subject)
        .public_key(root().key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    limits = x509.NameConstraints(constraints.get("permitted"), constraints.get("excluded"))
    return builder.add_extension(limits, critical=True).sign(root().key, hashes.SHA256())


def test_name_constraints_are_written_as_alternative_names_are():
    limits = {"permitted": [x509.DNSName(".shop.example")], "excluded": [x509.IPAddress(ip_network("10.0.0.0/8"))]}
    certificate = parse_certificate(_constrained(**limits).public_bytes(serialization.Encoding.DER))
    extensions = certificate.extensions
    assert extensions.has_name_constraints
    assert (extensions.permitted_names, extensions.excluded_names) == (("DNS:.shop.example",), ("IP:10.0.0.0/8",))
    (top,), _ = parse_certificates(root().pem)
    assert (top.extensions.has_name_constraints, top.extensions.permitted_names) == (False, ())


def test_signature_algorithms_have_their_common_names():
    (certificate,), _ = parse_certificates(issue("x", NOW, digest=hashes.SHA384()).pem)
    assert certificate.signature_algorithm == "ECDSA with SHA-384"


_GOOD = leaf().chain_pem
_BAD = b"-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("text", "count", "bad"),
    [
        pytest.param(_GOOD, 2, [], id="as it should be"),
        pytest.param(_GOOD.replace(b"\n", b"\r\n"), 2, [], id="carriage returns do not matter"),
        pytest.param(
            b"subject=/CN=x\n" + _GOOD + b"-- \nsent from my phone", 2, [], id="text around blocks is skipped"
        ),
        pytest.param(_GOOD + leaf().key_pem(), 2, [], id="a key among the certificates is skipped"),
        pytest.param(_GOOD.rstrip(b"\n"), 2, [], id="no final newline"),
        pytest.param(b"".join(line + b"  \n" for line in _GOOD.splitlines()), 2, [], id="blanks at line ends"),
        pytest.param(_GOOD.replace(b"\n", b"\n\n"), 2, [], id="blank lines inside: proxies read on"),
        pytest.param(_BAD + _GOOD, 2, [0], id="reading goes on behind a bad block"),
        pytest.param(_GOOD + _BAD, 2, [2], id="a bad block at the end has its index"),
        pytest.param(b"\xef\xbb\xbf" + _GOOD, 2, [0], id="a byte order mark hides the first block from proxies"),
        pytest.param(_GOOD[:-30], 1, [1], id="cut off in the last line"),
        pytest.param(b"".join(b"  " + line + b"\n" for line in _GOOD.splitlines()), 0, [], id="indented is no block"),
        pytest.param(_GOOD.replace(b"\n", b"\\n"), 0, [], id="newlines as two characters"),
        pytest.param(b"", 0, [], id="empty"),
        pytest.param(bytes(range(256)) * 4, 0, [], id="binary"),
    ],
)
def test_pem_is_read_block_by_block(text, count, bad):
    certificates, problems = parse_certificates(text)
    assert (len(certificates), [problem.index for problem in problems]) == (count, bad)


def test_headers_of_a_block_are_told_from_its_body():
    text = b"-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A\n\naGk=\n-----END X-----\n"
    (block,) = read_blocks(text)
    assert block.headers == ("Proc-Type: 4,ENCRYPTED", "DEK-Info: A")
    assert block.content == b"hi"


def test_what_is_written_is_read_again():
    (block,) = read_blocks(write_block("X", bytes(range(200))))
    assert block.content == bytes(range(200))


def _tlv(tag, *parts):
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


def _name(tag, value, oid=b"\x55\x04\x03"):
    return _tlv(0x30, _tlv(0x31, _tlv(0x30, _tlv(6, oid), _tlv(tag, value))))


@pytest.mark.parametrize(
    ("der", "text"),
    [
        pytest.param(_name(0x14, b"caf\xe9"), "CN=café", id="T61, at which cryptography raises"),
        pytest.param(_name(0x1E, "Łódź".encode("utf-16-be")), "CN=Łódź", id="BMP"),
        pytest.param(_name(0x0C, b'a,b+"c" '), 'CN=a\\,b\\+\\"c\\"\\ ', id="specials are escaped"),
        pytest.param(_name(0x0C, b"#x"), "CN=\\#x", id="a leading hash"),
        pytest.param(_name(0x03, b"\x00\x01"), "CN=#03020001", id="no string at all"),
        pytest.param(_name(0x0C, b"x", b"\x2a\x03"), "1.2.3=x", id="an unknown attribute"),
        pytest.param(b"\x30\x05garbage", "#3005" + b"garbage".hex(), id="no name"),
        pytest.param(b"\x30\x00", "", id="empty"),
    ],
)
def test_names_are_written_as_openssl_writes_them(der, text):
    assert parse_name(der).text == text


def test_names_are_the_same_whatever_their_case_blanks_and_string_type():
    assert parse_name(_name(0x0C, b"Test  ROOT")).canonical == parse_name(_name(0x13, b"test root")).canonical
    assert parse_name(_name(0x0C, b"Test Root")).canonical != parse_name(_name(0x0C, b"Testroot")).canonical


@pytest.mark.parametrize(
    ("uri", "identity"),
    [
        ("spiffe://cluster.local/ns/shop/sa/cart", SpiffeId("cluster.local", "shop", "cart")),
        ("spiffe://example.org/billing/api", ForeignSpiffeId("example.org", "/billing/api")),
        ("spiffe://example.org", ForeignSpiffeId("example.org", "")),
        ("spiffe://cluster.local:80/ns/a/sa/b", None),
        ("spiffe://cluster.local/ns//sa/b", None),
        ("https://cluster.local/ns/a/sa/b", None),
    ],
)
def test_spiffe_ids_are_of_istios_form_or_of_another(uri, identity):
    assert parse_spiffe_id(uri) == identity
    assert identity is None or str(identity) == uri


def test_what_is_no_certificate_is_none():
    assert parse_certificate(b"") is None
    assert parse_certificate(b"\x30\x03\x02\x01\x01") is None
