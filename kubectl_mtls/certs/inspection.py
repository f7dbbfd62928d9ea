"""Everything about one certificate Secret: what istiod makes of it, and whether a handshake with it would succeed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kubectl_mtls.certs.certificate import (
    CERTIFICATE_LABELS,
    Certificate,
    CertificateProblem,
    parse_certificate,
    parse_certificates,
)
from kubectl_mtls.certs.chain import Chain, resolve_chain, weakest_link
from kubectl_mtls.certs.crl import parse_crls
from kubectl_mtls.certs.go_path import go_reads
from kubectl_mtls.certs.layout import (
    UNWATCHED_TYPES,
    Layout,
    Role,
    resolve_ca,
    resolve_pair,
    resolve_plugged_ca,
    resolve_self_signed_ca,
    role_of,
)
from kubectl_mtls.certs.loading import (
    certificate_refusal,
    client_refusal,
    handshake_refusal,
    leaf_refusal,
    staple_refusal,
)
from kubectl_mtls.certs.path import Fault, TlsRole, Verdict, verify_path
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.certs.private_key import KeyState, PrivateKeyFacts, key_matches, read_private_key
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.certs.signing_ca import plugged_refusal, self_signed_refusal
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate and where it stands: the data key, and its index among the certificates of that value."""

    data_key: str
    index: int
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Istiod:
    """Whether istiod delivers (credential) or loads (signing CA) it. None: there is nothing that it looks for.

    `error` are its own words when it does not, its logged warning or None when it does.
    """

    accepted: bool | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """The whole answer; what is wrong with it says `diagnose`.

    `ca_secret` names the object that supplies the CA; `layout.ca_key` is a data key of that.

    `client` and `server` say whether a handshake with exactly these certificates succeeds in that role, given their
    key (`key`, `key_matches`); both None for a signing CA, whose own path is `signing`. `blank_lines` are the data keys
    with blank lines inside a PEM block.
    """

    secret: Secret
    role: Role
    layout: Layout
    ca_secret: str | None
    istiod: Istiod
    certificates: tuple[Found, ...]
    key: PrivateKeyFacts
    key_matches: bool | None
    chain: Chain
    chain_problems: tuple[CertificateProblem, ...]
    ca_problems: tuple[CertificateProblem, ...]
    blank_lines: tuple[str, ...]
    client: Verdict
    server: Verdict
    signing: Verdict

    @property
    def ref(self) -> Ref:
        """What was inspected."""
        return self.secret.ref

    @property
    def path(self) -> tuple[Certificate, ...]:
        """From the leaf to the anchor, of the first verdict that is yes; empty when none is."""
        return next((verdict.path for verdict in (self.client, self.server, self.signing) if verdict.ok), ())

    @property
    def weakest(self) -> Certificate | None:
        """The certificate of the path that ends first, on a tie the one nearest to the leaf."""
        return weakest_link(self.path)

    @property
    def effective_not_after(self) -> datetime | None:
        """When the first certificate of the path ends; None when there is no path."""
        return self.weakest.not_after if self.weakest else None


_NOTHING = Verdict(None)
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


def inspect(
    secret: Secret, ca_secret: Secret | None, now: datetime, istio_namespace: str = "istio-system"
) -> Inspection:
    """Inspect a Secret or ConfigMap. `ca_secret` is the companion `NAME-cacert` of the same namespace, if it exists."""
    role = role_of(secret.ref.namespace, secret.ref.name, secret.ref.kind == SECRET, istio_namespace)
    layout, supplier = _layout(secret, ca_secret, role)
    material = _material(secret, supplier, layout)
    matches = key_matches(next(iter(material.chain[0]), None), material.key)
    client, server, signing = _verdicts(material, role, now)
    return Inspection(
        secret=secret,
        role=role,
        layout=layout,
        ca_secret=supplier.ref.name if supplier and layout.ca_key else None,
        istiod=_istiod(secret, role, layout, now),
        certificates=_found(secret.data, layout),
        key=material.key,
        key_matches=matches,
        chain=resolve_chain(material.chain[0], material.ca[0], _leaf_index(material)),
        chain_problems=material.chain[1],
        ca_problems=material.ca[1],
        blank_lines=_blank_lines(secret.data, supplier, layout),
        client=client,
        server=server,
        signing=signing,
    )


def _layout(secret: Secret, companion: Secret | None, role: Role) -> tuple[Layout, Secret | None]:
    """The layout, and the object that supplies the CA. A broken companion is not skipped (GetCaCert)."""
    where = f"secret {secret.ref.namespace}/{secret.ref.name} not found"
    unwatched = secret.type in UNWATCHED_TYPES
    match role:
        case Role.PLUGGED_CA:
            return resolve_plugged_ca(secret.data), secret
        case Role.SELF_SIGNED_CA:
            return resolve_self_signed_ca(secret.data), secret
        case Role.CA_CREDENTIAL:
            return _ca_only(secret, unwatched), secret
    pair = Layout(error=where) if unwatched else resolve_pair(secret.data)
    if companion is not None and companion.type not in UNWATCHED_TYPES:
        supplier, ca = companion, resolve_ca(companion.data)
    else:
        supplier, ca = secret, Layout(ca_error=where) if unwatched else resolve_ca(secret.data)
    return replace(pair, ca_key=ca.ca_key, crl_key=ca.crl_key, ca_error=ca.ca_error), supplier


def _ca_only(secret: Secret, unwatched: bool) -> Layout:
    stripped = secret.ref.name.removesuffix("-cacert")
    if secret.ref.kind != SECRET and stripped != secret.ref.name:
        return Layout(ca_error=f"configmap {secret.ref.namespace}/{stripped} not found")
    return (
        Layout(ca_error=f"secret {secret.ref.namespace}/{stripped} not found") if unwatched else resolve_ca(secret.data)
    )


def _material(secret: Secret, supplier: Secret | None, layout: Layout) -> Material:
    of_ca: Mapping[str, bytes] = supplier.data if supplier else {}
    chain = _read_chain(secret.data.get(layout.certificate_key or "", b""))
    beside = b"".join(secret.data.get(key, b"") for key in layout.chain_keys)
    return Material(
        layout=layout,
        chain=chain,
        ca=parse_certificates(of_ca.get(layout.ca_key or "", b"")),
        untrusted=parse_certificates(beside)[0] if layout.chain_keys else chain[0],
        key=read_private_key(secret.data.get(layout.private_key_key or "")),
        crl=of_ca.get(layout.crl_key) if layout.crl_key else None,
        staple=secret.data.get(layout.staple_key) if layout.staple_key else None,
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


def _verdicts(material: Material, role: Role, now: datetime) -> tuple[Verdict, Verdict, Verdict]:
    layout = material.layout
    if not layout.certificate_key or not layout.ca_key:
        return _NOTHING, _NOTHING, _NOTHING
    certificates, anchors = material.chain[0], material.ca[0]
    crls = parse_crls(material.crl) if material.crl is not None else None
    if role in (Role.PLUGGED_CA, Role.SELF_SIGNED_CA):
        signing = verify_path(certificates[0], material.untrusted, anchors, now, None) if certificates else _NOTHING
        return _NOTHING, _NOTHING, signing
    if fault := _refusal(material, layout.certificate_key, layout.ca_key):
        refused = Verdict(False, fault)
        return refused, refused, _NOTHING
    client, server = (verify_path(certificates[0], certificates, anchors, now, tls_role, crls) for tls_role in TlsRole)
    return client, server, _NOTHING


def _refusal(material: Material, certificate_key: str, ca_key: str) -> Fault | None:
    """Why Envoy does not load the certificates, or no handshake can carry them. The key is another question."""
    certificates = material.chain[0]
    if reason := certificate_refusal(*material.chain, certificate_key):
        return Fault(ProblemCode.UNREADABLE_CERTIFICATE, reason)
    if reason := certificate_refusal(*material.ca, ca_key):
        return Fault(ProblemCode.UNREADABLE_CA, reason)
    if reason := staple_refusal(material.staple):
        return Fault(ProblemCode.UNREADABLE_STAPLE, reason)
    if reason := leaf_refusal(certificates) or handshake_refusal(certificates):
        return Fault(ProblemCode.UNSUITABLE_LEAF, reason, 0)
    return None


def _istiod(secret: Secret, role: Role, layout: Layout, now: datetime) -> Istiod:
    match role:
        case Role.PLUGGED_CA:
            if layout.error or not layout.certificate_key:
                return Istiod(False if layout.error else None, layout.error)
            error = plugged_refusal(layout, secret.data, now)
            return Istiod(error is None, error)
        case Role.SELF_SIGNED_CA:
            error = self_signed_refusal(secret.data, now)
            return Istiod(error is None, error)
        case Role.CA_CREDENTIAL:
            return _delivered(layout.ca_error, secret.data.get(layout.ca_key or ""), now)
    return _delivered(layout.error, secret.data.get(layout.certificate_key or ""), now)


def _delivered(error: str | None, data: bytes | None, now: datetime) -> Istiod:
    return Istiod(error is None, error or _pushed_warning(data or b"", now))


def _pushed_warning(data: bytes, now: datetime) -> str | None:
    """What istiod logs at every push, and sends all the same (pilot/pkg/xds/sds.go ValidateCertificate)."""
    blocks = read_blocks(data)
    readable = [block for block in blocks if not block.problem]
    if not readable:
        return None if blocks else "pem decode failed"
    first = parse_certificate(readable[0].content)
    if first is None or len(first.der) < len(readable[0].content) or not go_reads(first):
        return "x509: malformed certificate"
    return None if first.not_before <= now <= first.not_after else "certificate is expired or not yet valid"


def _blank_lines(data: Mapping[str, bytes], supplier: Secret | None, layout: Layout) -> tuple[str, ...]:
    values = [(key, data.get(key, b"")) for key in (layout.certificate_key, layout.private_key_key) if key]
    if supplier and layout.ca_key:
        values.append((layout.ca_key, supplier.data.get(layout.ca_key, b"")))
    return tuple(key for key, value in values if any(block.blank_lines for block in read_blocks(value)))


def _leaf_index(material: Material) -> int | None:
    """Where the private key's certificate stands in the chain."""
    if material.key.state is KeyState.ABSENT:
        return None
    indexes = (i for i, certificate in enumerate(material.chain[0]) if key_matches(certificate, material.key))
    return next(indexes, None)


def _found(data: Mapping[str, bytes], layout: Layout) -> tuple[Found, ...]:
    """Every certificate: the chain's data key first, then the CA's, then the others."""
    first = (layout.certificate_key, *layout.chain_keys, layout.ca_key)
    data_keys = sorted(
        data, key=lambda data_key: (first.index(data_key) if data_key in first else len(first), data_key)
    )
    return tuple(
        Found(data_key, index, certificate)
        for data_key in data_keys
        for index, certificate in enumerate(parse_certificates(data[data_key])[0])
    )
