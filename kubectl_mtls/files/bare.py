"""What does a bare PEM file hold? The same as a Secret that was made of it: chain, key, and the roots as its CA."""

from pathlib import PurePath

from kubectl_mtls.certs.certificate import CERTIFICATE_LABELS, parse_certificate
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Document

BARE_TYPE = "PEM file"
_BEGIN = "-----BEGIN "


def is_bare_pem(text: str) -> bool:
    """Whether a text is PEM rather than a manifest: a line begins with an armour line."""
    return text.startswith(_BEGIN) or f"\n{_BEGIN}" in text


def document_of_pem(text: str, path: str) -> Document:
    """A Secret manifest with the certificates in file order, the key, and self-signed certificates behind the first as
    CA. Its values are never shown."""
    lines = [f"{line}\n" for line in text.split("\n")]
    blocks = read_blocks(text.encode())
    starts = [block.line - 1 for block in blocks]
    chain: list[str] = []
    anchors: list[str] = []
    keys: list[str] = []
    for block, start, end in zip(blocks, starts, [*starts[1:], len(lines)], strict=True):
        written = "".join(lines[start:end])
        if block.label not in CERTIFICATE_LABELS:
            keys += [written] if "PRIVATE KEY" in block.label else []
        elif chain and (found := parse_certificate(block.content)) and found.self_signed:
            anchors.append(written)
        else:
            chain.append(written)
    data = {"tls.crt": "".join(chain), "tls.key": "".join(keys), "ca.crt": "".join(anchors)}
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": BARE_TYPE,
        "metadata": {"name": PurePath(path).name if path != "-" else "stdin", "namespace": "default"},
        "stringData": {key: value for key, value in data.items() if value},
    }
    return Document(manifest, FileOrigin(path, 1))
