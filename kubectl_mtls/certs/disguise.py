"""What a value holds that is no PEM as proxies read it: DER, PKCS #12, PKCS #7, or text that was pasted.

Nothing here makes a Secret any better: proxies see none of it. It tells people what they have in front of them.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubectl_mtls.certs.archive import is_archive, read_archive, read_signed_data
from kubectl_mtls.certs.certificate import Certificate, parse_certificate, parse_certificates
from kubectl_mtls.certs.pem import read_blocks, write_block
from kubectl_mtls.certs.private_key import NO_KEY, KeyState, PrivateKeyFacts, read_der_private_key, read_private_key
from kubectl_mtls.certs.request import CertificateRequest, parse_request

_LARGEST = 8_000_000
_DEEPEST = 3
_MARK = re.compile(rb"-{2,5}[ \t]{0,3}(BEGIN|END) ([A-Z0-9 ]{1,40}?)[ \t]{0,3}-{2,5}")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")


@dataclass(frozen=True, slots=True)
class Disguise:
    """What is behind it. `form` reads well after "it is"; `locked`: an archive that asks for a passphrase."""

    form: str
    certificates: tuple[Certificate, ...] = ()
    key: PrivateKeyFacts = NO_KEY
    requests: tuple[CertificateRequest, ...] = ()
    locked: bool = False


def see_through(data: bytes, passphrase: bytes | None = None) -> Disguise | None:
    """What a value holds in another form; None where it is PEM as proxies read it, or nothing that we know."""
    if not data or len(data) > _LARGEST or _is_plain(data):
        return None
    return next(_forms(data, passphrase, 0), None)


def _is_plain(data: bytes) -> bool:
    """Whether every block can be read."""
    blocks = read_blocks(data)
    return bool(blocks) and not any(block.problem for block in blocks) and data.count(b"BEGIN ") <= len(blocks)


def _forms(data: bytes, passphrase: bytes | None, depth: int) -> Iterator[Disguise]:
    if data[:1] == b"\x30":
        yield from _binary(data, passphrase)
    known = {certificate.sha256 for certificate in parse_certificates(data)[0]}
    for form, undo in _UNDOINGS:
        text = undo(data)
        if text and text != data:
            certificates, key = parse_certificates(text)[0], read_private_key(text)
            if not {one.sha256 for one in certificates} <= known or _is_key(key):
                yield Disguise(form, certificates, key if _is_key(key) else NO_KEY)
    decoded = _decoded(data)
    if decoded and depth < _DEEPEST:
        if parse_certificates(decoded)[0] or _is_key(key := read_private_key(decoded, passphrase)):
            yield Disguise("base64 once more", parse_certificates(decoded)[0], read_private_key(decoded, passphrase))
        for inner in _forms(decoded, passphrase, depth + 1):
            words = "base64 without BEGIN and END lines" if inner.form == "DER" else f"base64 of {inner.form}"
            yield Disguise(words, inner.certificates, inner.key, inner.requests, inner.locked)


def _is_key(key: PrivateKeyFacts) -> bool:
    return key.state in (KeyState.GOOD, KeyState.ENCRYPTED, KeyState.MISLABELLED)


def _binary(data: bytes, passphrase: bytes | None) -> Iterator[Disguise]:
    if certificate := parse_certificate(data):
        yield Disguise("DER", (certificate,))
    elif is_archive(data):
        opened = read_archive(data, passphrase)
        yield Disguise("PKCS #12", opened.certificates, opened.key, locked=opened.locked)
    elif certificates := read_signed_data(data):
        yield Disguise("PKCS #7", certificates)
    elif request := parse_request(data):
        yield Disguise("DER", requests=(request,))
    elif _is_key(key := read_der_private_key(data, passphrase)):
        yield Disguise("DER", key=key)


def _decoded(data: bytes) -> bytes | None:
    text = b"".join(data.split())
    if len(text) < 40 or len(text) % 4:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _from_utf16(data: bytes) -> bytes | None:
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2])
    if encoding is None and b"-\0-\0" in data[:200]:
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return data.decode(encoding, "replace").encode() if encoding else None


def _with_line_ends(data: bytes) -> bytes | None:
    if b"\\n" not in data:
        return None
    return data.replace(b"\\r", b"").replace(b"\\n", b"\n").replace(b'"', b"")


def _with_lines(data: bytes) -> bytes | None:
    """Every block written anew from between its marks, wherever those stand."""
    marks = list(_MARK.finditer(data))
    blocks: list[bytes] = []
    ends = [*(mark.start() for mark in marks[1:]), len(data)]
    for mark, end in zip(marks, ends, strict=False):
        body = data[mark.end() : end]
        if mark[1] == b"BEGIN" and (content := _content(body)):
            blocks.append(write_block(mark[2].decode(), content))
    return b"".join(blocks)


def _content(body: bytes) -> bytes | None:
    try:
        return base64.b64decode(_NO_BASE64.sub(b"", body), validate=True)
    except binascii.Error:
        return None


_UNDOINGS: tuple[tuple[str, Callable[[bytes], bytes | None]], ...] = (
    ("UTF-16 text", _from_utf16),
    ("PEM with \\n written out instead of line ends", _with_line_ends),
    ("PEM with damaged lines, as after pasting", _with_lines),
)
