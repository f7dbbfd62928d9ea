"""What the files of a Secret hold that count, and whether proxies would shake hands with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_mtls.certs.certificate import (
    BYTE_ORDER_MARK,
    CERTIFICATE_LABELS,
    Certificate,
    CertificateProblem,
    parse_certificate,
    parse_certificates,
)
from kubectl_mtls.certs.crl import parse_crls
from kubectl_mtls.certs.layout import Layout
from kubectl_mtls.certs.loading import (
    certificate_refusal,
    certificates_refusal,
    client_refusal,
    handshake_refusal,
    handshake_symptom,
    nameless_refusal,
    staple_refusal,
)
from kubectl_mtls.certs.openssl_path import verify_openssl_path
from kubectl_mtls.certs.path import Fault, TlsRole, Verdict, verify_path
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.certs.private_key import KeyState, PrivateKeyFacts, key_matches, read_private_key
from kubectl_mtls.certs.problem import ProblemCode

NOTHING = Verdict(None)
_Read = tuple[tuple[Certificate, ...], tuple[CertificateProblem, ...]]


@dataclass(frozen=True, slots=True)
class Material:
    """What the files hold that count: read once, judged from several sides. `crl` None: there is no CRL."""

    layout: Layout
    chain: _Read
    ca: _Read
    untrusted: tuple[Certificate, ...]
    key: PrivateKeyFacts
    crl: bytes | None = field(repr=False)
    staple: bytes | None = field(repr=False)
    blank_lines: tuple[str, ...]

    @property
    def loaded_anchors(self) -> tuple[Certificate, ...]:
        """The anchors that proxies see: all but the first behind a byte order mark."""
        certificates, problems = self.ca
        return certificates[1:] if _is_marked(problems) else certificates

    @property
    def leaf_index(self) -> int | None:
        """Where the private key's certificate stands in the chain; None when that cannot be told."""
        if self.key.state is KeyState.ABSENT:
            return None
        indexes = (i for i, certificate in enumerate(self.chain[0]) if key_matches(certificate, self.key))
        return next(indexes, None)


def read_material(
    data: Mapping[str, bytes], of_ca: Mapping[str, bytes], layout: Layout, passphrase: bytes | None = None
) -> Material:
    """Read what the layout names. `of_ca` are the values of the object that supplies the CA."""
    chain = _read_chain(data.get(layout.certificate_key or "", b""))
    beside = b"".join(data.get(key, b"") for key in layout.chain_keys)
    return Material(
        layout=layout,
        chain=chain,
        ca=parse_certificates(of_ca.get(layout.ca_key or "", b"")),
        untrusted=parse_certificates(beside)[0] if layout.chain_keys else chain[0],
        key=read_private_key(data.get(layout.private_key_key or ""), passphrase),
        crl=of_ca.get(layout.crl_key) if layout.crl_key else None,
        staple=data.get(layout.staple_key) if layout.staple_key else None,
        blank_lines=_blank_lines(data, of_ca, layout),
    )


def _read_chain(data: bytes) -> _Read:
    """A chain, in which Envoy is stricter than in a CA."""
    certificates, problems = parse_certificates(data)
    return certificates, (*problems, *_only_in_chain(data))


def _only_in_chain(data: bytes) -> Iterator[CertificateProblem]:
    blocks = [block for block in read_blocks(data) if block.label in CERTIFICATE_LABELS and not block.problem]
    for index, block in enumerate(blocks):
        certificate = parse_certificate(block.content)
        if certificate and len(certificate.der) < len(block.content):
            yield CertificateProblem(index, block.line, "the block goes on behind the certificate")
        elif index and block.label == "TRUSTED CERTIFICATE":
            yield CertificateProblem(index, block.line, "proxies skip a TRUSTED CERTIFICATE behind the leaf")


def resolve_handshakes(material: Material, now: datetime) -> tuple[Verdict, Verdict]:
    """Would a handshake with exactly these certificates succeed, as client and as server (given their key)."""
    layout = material.layout
    if not layout.certificate_key or not layout.ca_key:
        return NOTHING, NOTHING
    if _leaf_is_hidden(material):
        return resolve_for_openssl(material, now)
    if fault := _refusal(material, layout.certificate_key, layout.ca_key):
        return Verdict(False, fault), Verdict(False, fault)
    certificates, anchors = material.chain[0], material.loaded_anchors
    crls = parse_crls(material.crl) if material.crl is not None else None
    if not material.key.usable or key_matches(certificates[0], material.key) is False:
        return resolve_for_openssl(material, now)
    if fault := _late_refusal(material):
        return Verdict(False, fault), Verdict(False, fault)
    if reason := handshake_refusal(certificates):
        fault = Fault(ProblemCode.UNSUITABLE_LEAF, reason, 0, handshake_symptom(certificates[0]))
        return Verdict(False, fault), Verdict(False, fault)
    server = verify_path(certificates[0], certificates, anchors, now, TlsRole.SERVER, crls)
    if reason := client_refusal(certificates):
        return Verdict(False, Fault(ProblemCode.UNSUITABLE_LEAF, reason)), server
    return verify_path(certificates[0], certificates, anchors, now, TlsRole.CLIENT, crls), server


def _leaf_is_hidden(material: Material) -> bool:
    """Whether proxies miss the leaf alone, for a byte order mark: then the key fits to nothing that they read."""
    certificates, problems = material.chain
    return len(certificates) > 1 and _is_marked(problems)


def _is_marked(problems: Sequence[CertificateProblem]) -> bool:
    return [problem.message for problem in problems] == [BYTE_ORDER_MARK]


def resolve_for_openssl(material: Material, now: datetime) -> tuple[Verdict, Verdict]:
    """OpenSSL's verdicts as client and server: all there is where proxies refuse the key.

    Blank lines inside a block end its reading.
    """
    certificate_key, ca_key = material.layout.certificate_key, material.layout.ca_key
    if not material.chain[0] or not ca_key or certificate_key in material.blank_lines:
        return NOTHING, NOTHING
    if ca_key in material.blank_lines:
        fault = Fault(ProblemCode.UNREADABLE_CA, f"{ca_key} has blank lines inside a PEM block")
        return Verdict(False, fault), Verdict(False, fault)
    certificates, anchors = material.chain[0], material.ca[0]
    crls = parse_crls(material.crl) if material.crl is not None else None
    client, server = (
        verify_openssl_path(certificates[0], certificates, anchors, now, role, crls)
        for role in (TlsRole.CLIENT, TlsRole.SERVER)
    )
    return client, server


def resolve_signing(material: Material, now: datetime) -> Verdict:
    """Does a signing CA lead to its root, in the eyes of OpenSSL: what it refuses, somebody will refuse.

    NOTHING also where OpenSSL cannot read a block for its blank lines; istiod can.
    """
    layout, certificates = material.layout, material.chain[0]
    if not certificates or not layout.ca_key or material.blank_lines:
        return NOTHING
    if reason := certificate_refusal(*material.ca, layout.ca_key):
        return Verdict(False, Fault(ProblemCode.UNREADABLE_CA, reason))
    certificate, anchors = certificates[0], material.ca[0]
    verdict = verify_openssl_path(certificate, material.untrusted, anchors, now, None)
    partial = verify_openssl_path(certificate, material.untrusted, anchors, now, None, is_partial=True)
    return partial if partial.ok else verdict


def _refusal(material: Material, certificate_key: str, ca_key: str) -> Fault | None:
    """Why Envoy does not load the certificates, or no handshake can carry them. The key is another question."""
    certificates = material.chain[0]
    if reason := certificate_refusal(*material.chain, certificate_key):
        return Fault(ProblemCode.UNREADABLE_CERTIFICATE, reason)  # "Failed to load ..." or a chain cut short
    problems = () if material.loaded_anchors and _is_marked(material.ca[1]) else material.ca[1]
    if reason := certificate_refusal(material.ca[0], problems, ca_key):
        return Fault(ProblemCode.UNREADABLE_CA, reason, says="Failed to load trusted CA certificates")
    if reason := certificates_refusal(certificates):
        return Fault(ProblemCode.UNSUITABLE_LEAF, reason, 0)
    return None


def _late_refusal(material: Material) -> Fault | None:
    """What Envoy looks at behind the private key."""
    if reason := staple_refusal(material.staple):
        return Fault(ProblemCode.UNREADABLE_STAPLE, reason)
    if reason := nameless_refusal(material.chain[0]):
        return Fault(ProblemCode.UNSUITABLE_LEAF, reason, 0)
    return None


def _blank_lines(data: Mapping[str, bytes], of_ca: Mapping[str, bytes], layout: Layout) -> tuple[str, ...]:
    values = [(key, data.get(key, b"")) for key in (layout.certificate_key, layout.private_key_key) if key]
    if layout.ca_key:
        values.append((layout.ca_key, of_ca.get(layout.ca_key, b"")))
    return tuple(key for key, value in values if any(block.blank_lines for block in read_blocks(value)))
