"""What does a file hold that is no manifest? PEM, DER, PKCS #12 or #7, pasted text: as the Secret made of it would.

Chain, key, and the roots as its CA; a file with nothing but CAs is a bundle, as a ConfigMap would be.
"""

import re
from collections.abc import Callable, Sequence

from kubectl_mtls.certs.certificate import CERTIFICATE_LABELS, Certificate, parse_certificate, parse_certificates
from kubectl_mtls.certs.disguise import Disguise, see_through
from kubectl_mtls.certs.path import may_issue
from kubectl_mtls.certs.pem import read_blocks, write_block
from kubectl_mtls.certs.private_key import KeyState, key_matches, read_private_key
from kubectl_mtls.certs.request import REQUEST_LABELS
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.contents import decode_text, read_contents
from kubectl_mtls.files.read import Text
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Document

ENDINGS = frozenset(
    (
        ".yaml",
        ".yml",
        ".json",
        ".pem",
        ".crt",
        ".cer",
        ".der",
        ".key",
        ".p12",
        ".pfx",
        ".p7b",
        ".csr",
        ".crl",
        ".bundle",
    )
)
_SEQUENCE = b"\x30"  # how all DER begins
_MANIFEST = re.compile(rb'^\s*[{]|^(?:apiVersion|kind|items)\s*:|"kind"\s*:', re.MULTILINE)
_KEYS_BY_LABEL = {
    **dict.fromkeys(CERTIFICATE_LABELS, "tls.crt"),
    **dict.fromkeys(REQUEST_LABELS, "tls.csr"),
    "X509 CRL": "ca.crl",
}
AskPassphrase = Callable[[str], bytes | None]
"""Asks for the passphrase of a file; None when there is nobody to ask."""


def read_mixed(
    paths: Sequence[str], *, recursive: bool, read_stdin: Callable[[], bytes], ask: AskPassphrase
) -> tuple[list[Text], list[Document]]:
    """Manifests and bare files behind `-f`. Raises InvalidInput for what is missing, or neither."""
    texts: list[Text] = []
    bare: list[Document] = []
    named = "manifest and no certificate file"
    for path, content in read_contents(paths, endings=ENDINGS, named=named, recursive=recursive, read_stdin=read_stdin):
        if document := document_of_bare(content, path, ask):
            bare.append(document)
        elif (text := decode_text(content)) is not None:
            texts.append(Text(path, text))
        else:
            raise InvalidInput(f"{path}: is neither text nor a certificate, a key or an archive")
    return texts, bare


def document_of_bare(content: bytes, path: str, ask: AskPassphrase) -> Document | None:
    """A manifest with the file's certificates; None when it is no bare file. Its values are never shown."""
    is_pem = bool(read_blocks(content))
    if not is_pem and not content.startswith(_SEQUENCE) and _MANIFEST.search(content):
        return None
    found = see_through(content)
    if found and found.locked:
        found = _opened(content, path, ask)
    if found:
        return _document(path, f"{found.form} file", _data_of(found))
    return _document(path, "PEM file", _with_opened_key(_data_of_pem(content), path, ask)) if is_pem else None


def _with_opened_key(data: dict[str, str], path: str, ask: AskPassphrase) -> dict[str, str]:
    """An encrypted key as its stand-in, when its passphrase is known: then one can tell whose it is."""
    written = data.get("tls.key", "").encode()
    if read_private_key(written).state is not KeyState.ENCRYPTED or not (passphrase := ask(path)):
        return data
    return {**data, "tls.key": read_private_key(written, passphrase).stand_in().decode()}


def _opened(content: bytes, path: str, ask: AskPassphrase) -> Disguise:
    passphrase = ask(path)
    if passphrase is None:
        raise InvalidInput(f"{path}: asks for a passphrase", "--passphrase-file FILE gives it; - reads standard input")
    found = see_through(content, passphrase)
    if found is None or found.locked:
        raise InvalidInput(f"{path}: the passphrase does not open it")
    return found


def _data_of(found: Disguise) -> dict[str, str]:
    """Of a key only its stand-in is taken on."""
    own = [one for one in found.certificates if key_matches(one, found.key)]
    others = [one for one in found.certificates if one not in own]
    chain = (
        [*own, *(one for one in others if not one.self_signed)]
        if own
        else list(found.certificates[:1]) + [one for one in found.certificates[1:] if not one.self_signed]
    )
    anchors = [one for one in found.certificates if one not in chain]
    has_key = found.key.state is not KeyState.ABSENT
    return _sorted(chain, anchors, found.key.stand_in().decode() if has_key else "")


def _sorted(chain: Sequence[Certificate], anchors: Sequence[Certificate], key: str) -> dict[str, str]:
    if not key and all(map(may_issue, (*chain, *anchors))):
        chain, anchors = (), (*chain, *anchors)
    return {"tls.crt": _pem(chain), "tls.key": key, "ca.crt": _pem(anchors)}


def _pem(certificates: Sequence[Certificate]) -> str:
    return b"".join(write_block("CERTIFICATE", certificate.der) for certificate in certificates).decode()


def _data_of_pem(content: bytes) -> dict[str, str]:
    """Every block as it is written, roots behind the first certificate as CA."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    blocks = read_blocks(content)
    starts = [block.line - 1 for block in blocks]
    data: dict[str, list[bytes]] = {}
    is_bundle = _is_bundle(content)
    for block, start, end in zip(blocks, starts, [*starts[1:], len(lines)], strict=True):
        data_key = "tls.key" if "PRIVATE KEY" in block.label else _KEYS_BY_LABEL.get(block.label, "other")
        if data_key == "tls.crt" and (is_bundle or ("tls.crt" in data and _is_root(block.content))):
            data_key = "ca.crt"
        data.setdefault(data_key, []).append(b"".join(lines[start:end]))
    return {key: b"".join(values).decode("utf-8", "replace") for key, values in data.items()}


def _is_bundle(content: bytes) -> bool:
    certificates = parse_certificates(content)[0]
    return b"PRIVATE KEY-----" not in content and bool(certificates) and all(map(may_issue, certificates))


def _is_root(content: bytes) -> bool:
    certificate = parse_certificate(content)
    return certificate is not None and certificate.self_signed


def _document(path: str, form: str, data: dict[str, str]) -> Document:
    if [key for key, value in data.items() if value] == ["tls.key"]:
        raise InvalidInput(f"{path}: holds a private key and no certificate to inspect")
    is_bundle = bool(data.get("ca.crt")) and not data.get("tls.crt") and not data.get("tls.key")
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap" if is_bundle else "Secret",
        "type": form,
        "metadata": {"name": path if path != "-" else "stdin", "namespace": "default"},
        "data" if is_bundle else "stringData": {key: value for key, value in data.items() if value},
    }
    return Document(manifest, FileOrigin(path, 1))
