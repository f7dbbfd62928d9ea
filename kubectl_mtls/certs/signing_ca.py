"""Would istiod load this signing CA, and if not, what does it say.

security/pkg/pki/util/keycertbundle.go (Verify), security/pkg/pki/ca/ca.go (NewPluggedCertIstioCAOptions, minTTL). The
words are istiod's own; what Go's crypto packages say behind them is left out or shortened.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate, parse_certificate
from kubectl_mtls.certs.crl import parse_crls
from kubectl_mtls.certs.damaged_key import computed_public_key
from kubectl_mtls.certs.go_path import go_reads, go_verifies
from kubectl_mtls.certs.layout import Layout
from kubectl_mtls.certs.pem import Block, read_blocks
from kubectl_mtls.certs.private_key import KeyState, PrivateKeyFacts, facts_of, is_pkcs8, key_matches, read_private_key
from kubectl_mtls.certs.signature import signature_fits

_GO_KEY_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_BUNDLE = "failed to create CA KeyCertBundle"


def plugged_refusal(layout: Layout, data: Mapping[str, bytes], now: datetime) -> str | None:
    """What istiod says when it does not load the CA in `cacerts` (whose layout is complete); None when it does."""
    certificate = data.get(layout.certificate_key or "", b"")
    chain = b"".join(data.get(key, b"") for key in layout.chain_keys)
    crl = data.get(layout.crl_key or "", b"")
    key = data.get(layout.private_key_key or "", b"")
    problem = _bundle_refusal(certificate, key, chain, data.get(layout.ca_key or "", b""), crl, now)
    if problem:
        return f"failed to create an istiod CA: {_BUNDLE} ({problem})"
    first = _first_certificate(certificate)
    if first is None or not first.is_ca:
        return "failed to create an istiod CA: certificate is not authorized to sign other certificates"
    if chain and (problem := _time_to_live_refusal(chain, now)):
        return f"failed to create an istiod CA: failed to get default cert TTL {problem}"
    return None


def self_signed_refusal(data: Mapping[str, bytes], now: datetime) -> str | None:
    """What istiod says when it does not load the CA in `istio-ca-secret`; None when it does."""
    certificate = data.get("ca-cert.pem", b"")
    problem = _bundle_refusal(certificate, data.get("ca-key.pem", b""), b"", certificate, b"", now)
    return f"failed to create a self-signed istiod CA: {_BUNDLE} ({problem})" if problem else None


def _bundle_refusal(
    certificate: bytes, key: bytes, chain: bytes, roots: bytes, crl: bytes, now: datetime
) -> str | None:
    blocks = _go_blocks(certificate)
    if not blocks:
        return "failed to parse cert PEM: invalid PEM encoded certificate"
    leaf = _first_certificate(certificate)
    if leaf is None or not go_reads(leaf):
        return "failed to parse cert PEM: failed to parse X.509 certificate"
    if not go_verifies(leaf, _pool(chain), _pool(roots), now):
        return "cannot verify the cert with the provided root chain and cert pool with error: x509: no valid chain"
    if problem := _key_refusal(key):
        return f"failed to parse private key PEM: {problem}"
    first = next((block for block in blocks if block.label == "CERTIFICATE"), None)
    if not key_matches(parse_certificate(first.content) if first else None, _go_key(key)):
        return "the cert does not match the key: tls: private key does not match public key"
    return _crl_refusal(chain, crl) if crl else None


def _key_refusal(key: bytes) -> str | None:
    blocks = _go_blocks(key)
    if not blocks:  # only a snapshot's stand-in is usable without a block
        return None if read_private_key(key).usable else "invalid PEM-encoded key"
    if blocks[0].label not in _GO_KEY_LABELS:
        return f"unsupported PEM block type for a private key: {blocks[0].label}"
    if blocks[0].label != "PRIVATE KEY" and is_pkcs8(blocks[0].content):
        return f"failed to parse the {blocks[0].label.split()[0]} private key"
    if blocks[0].is_empty or _go_key(key).state not in (KeyState.GOOD, KeyState.DAMAGED):
        return "failed to parse the private key"
    return None


def _go_key(key: bytes) -> PrivateKeyFacts:
    """The facts in the eyes of Go, which computes the public half of an EC key and does not look at the stated one."""
    facts = read_private_key(key)
    if facts.state is not KeyState.UNREADABLE:
        return facts
    computed = next((one for block in _go_blocks(key) if (one := computed_public_key(block.content))), None)
    return facts_of(computed) if computed else facts


def _crl_refusal(chain: bytes, crl: bytes) -> str | None:
    missing: dict[str, Certificate] = {}
    for block in _go_blocks(chain):
        signer = parse_certificate(block.content)
        if signer is None:
            return "failed to parse cert chain: x509: malformed certificate"
        missing[signer.subject.text] = signer
    blocks, lists = _go_blocks(crl), parse_crls(crl)
    if len(lists) < len(blocks):
        return "failed to parse CRL PEM: x509: malformed crl"
    for name, signer in list(missing.items()):
        usages = signer.extensions.key_usages
        may_sign = signer.is_ca and (usages is None or "cRLSign" in usages)
        if may_sign and any(signature_fits(revocations.parsed, signer) for revocations in lists):
            del missing[name]
    return f"missing CRL signed by certificates: [{' '.join(sorted(missing))}]" if missing else None


def _time_to_live_refusal(chain: bytes, now: datetime) -> str | None:
    first = _first_certificate(chain)
    if first is None:
        problem = "failed to parse X.509 certificate" if _go_blocks(chain) else "invalid PEM encoded certificate"
        return (
            "failed to get cert chain TTL failed to extract cert expiration timestamp: "
            f"failed to parse the cert: {problem}"
        )
    return "cert chain has expired" if first.not_after <= now else None


def _go_blocks(data: bytes) -> Sequence[Block]:
    """Go's pem.Decode skips what is damaged, and takes an empty block for one."""
    return [block for block in read_blocks(data) if not block.problem or block.is_empty]


def _first_certificate(data: bytes) -> Certificate | None:
    """Go takes the first block of whatever label, with nothing behind the certificate in it."""
    blocks = _go_blocks(data)
    certificate = parse_certificate(blocks[0].content) if blocks else None
    return certificate if certificate and certificate.der == blocks[0].content else None


def _pool(data: bytes) -> Sequence[Certificate]:
    blocks = [block for block in _go_blocks(data) if block.label == "CERTIFICATE" and not block.headers]
    return [certificate for block in blocks if (certificate := parse_certificate(block.content))]
