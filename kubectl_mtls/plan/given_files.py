"""The files that somebody brings: certificate with chain, private key, CA. Checked before anything is planned.

What is written are the PEM blocks that count, re-encoded: no text between blocks, no carriage returns, no private key
that slipped into the certificate's file.
"""

from dataclasses import dataclass, field

from kubectl_mtls.certs.certificate import CERTIFICATE_LABELS, Certificate, parse_certificates
from kubectl_mtls.certs.loading import handshake_refusal, pair_refusal
from kubectl_mtls.certs.pem import read_blocks, write_block
from kubectl_mtls.certs.private_key import KeyState, key_matches, read_private_key
from kubectl_mtls.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """What is to be written, as PEM. `ca_pem` None keeps the CA in place; without `chain` only the CA is new."""

    chain: tuple[Certificate, ...] = ()
    anchors: tuple[Certificate, ...] = ()
    chain_pem: bytes | None = None
    key_pem: bytes | None = field(default=None, repr=False)
    ca_pem: bytes | None = None


def parse_given_files(certificate: bytes | None, private_key: bytes | None, ca: bytes | None) -> GivenFiles:
    """Read the three files. Raises InvalidInput, whose text never holds anything of the key."""
    if (certificate is None) != (private_key is None):
        missing = "--key" if private_key is None else "--cert"
        raise InvalidInput(f"{missing} is missing: certificate and key are written together or not at all")
    anchors = _certificates(ca, "--ca") if ca is not None else ()
    if certificate is None or private_key is None:
        return GivenFiles(anchors=anchors, ca_pem=_pem(anchors))
    chain = _certificates(certificate, "--cert")
    key_pem = _key(private_key, chain)
    return GivenFiles(chain, anchors, _pem(chain), key_pem, _pem(anchors) if anchors else None)


def _certificates(data: bytes, flag: str) -> tuple[Certificate, ...]:
    certificates, problems = parse_certificates(data.removeprefix(b"\xef\xbb\xbf"))
    if problems:
        raise InvalidInput(
            f"{flag}: certificate {problems[0].index + 1} (line {problems[0].line}): {problems[0].message}"
        )
    if any("PRIVATE KEY" in block.label for block in read_blocks(data)):
        raise InvalidInput(
            f"{flag} holds a private key too: it would be written where everybody looks for certificates"
        )
    if not certificates:
        hint = "openssl x509 -inform DER turns DER into PEM" if data[:1] == b"\x30" else None
        raise InvalidInput(f"{flag} holds no certificate in PEM form", hint)
    return certificates


def _key(data: bytes, chain: tuple[Certificate, ...]) -> bytes:
    facts = read_private_key(data)
    if facts.state is KeyState.ENCRYPTED:
        raise InvalidInput(
            "--key is encrypted with a passphrase, which proxies cannot open: it has to be decrypted first",
            "openssl pkey -in FILE -out FILE.plain",
        )
    if not facts.usable:
        raise InvalidInput(f"--key: {facts.description}")
    if not key_matches(chain[0], facts):
        elsewhere = [index for index, one in enumerate(chain) if key_matches(one, facts)]
        hint = f"it belongs to number {elsewhere[0] + 1} in --cert: the leaf has to come first" if elsewhere else None
        raise InvalidInput(
            f'--key is not the key of the first certificate in --cert ("{chain[0].subject.short}")', hint
        )
    if refusal := pair_refusal(chain, facts) or handshake_refusal(chain):
        raise InvalidInput(f"proxies cannot use this pair: {refusal}")
    block = next(block for block in read_blocks(data) if block.label.endswith("PRIVATE KEY"))
    return write_block(block.label, block.content)


def _pem(certificates: tuple[Certificate, ...]) -> bytes:
    return b"".join(write_block(CERTIFICATE_LABELS[0], certificate.der) for certificate in certificates)
