"""Does an output hold bytes of a private key of its input.

Any 40 characters of any encoding of a key count: base64 at its own alignment, url-safe, hexadecimal with and without
colons, the Secret's own base64. Runs that a certificate of the same input contains as well are its public half.
"""

import base64
import re
from collections.abc import Iterator

import yaml

RUN = 40
_KEYS = {"tls.key", "key", "ca-key.pem", "key.pem"}
_LARGE = 200_000


def leaks(output: str, hidden: set[str]) -> bool:
    """Whether one of the hidden runs is in the output, blanks, quotes and colons between digits left out."""
    joined = re.sub(r"(\\n|\\r|[\s\"',|])+", "", output)
    without_colons = re.sub(r"(?<=[0-9a-fA-F]{2}):(?=[0-9a-fA-F]{2})", "", output)
    return any(
        text[start : start + RUN] in hidden
        for text in {output, joined, without_colons}
        for start in range(len(text) - RUN + 1)
    )


def hidden_runs(manifest: str) -> set[str]:
    """All runs of private keys in the Secrets of a manifest."""
    hidden: set[str] = set()
    certificates: set[bytes] = set()
    for data_key, value, written in _values(manifest):
        for text in _readings(value):
            certificates.update(_ders(text, b"CERTIFICATE"))
            hidden.update(_of_text(data_key, text, written))
    for der in certificates:
        for encoded in [*(one for cut in range(3) for one in _encodings(der[cut:])), der.hex()[1:]]:
            hidden.difference_update(_runs(encoded))
    return {run for run in hidden if len(set(run)) > 8}


def _of_text(data_key: str, text: bytes, written: str) -> Iterator[str]:
    keys = list(_ders(text, b"PRIVATE KEY"))
    for der in keys:
        for encoded in _encodings(der):
            yield from _runs(encoded)
    for block in re.finditer(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?-----END", text, re.S):
        yield from _runs(base64.b64encode(text[block.start() // 3 * 3 : block.end()]).decode())
    if b"CERTIFICATE" in text or not (keys or data_key in _KEYS):
        return
    lines = (line.strip() for line in text.replace(b"\\n", b"\n").splitlines())
    body = b"".join(line for line in lines if not line.startswith(b"-") and b":" not in line)
    yield from _runs(body.decode("latin-1"))
    if len(text) < _LARGE:
        yield from _runs(written)
        for encoded in _encodings(text):
            yield from _runs(encoded)


def _values(manifest: str) -> Iterator[tuple[str, bytes, str]]:
    """Data key, value, and how it is written in a Secret."""
    try:
        documents = list(yaml.load_all(manifest, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return
    for one in (item for document in documents if document for item in document.get("items", [document])):
        for key, value in (one.get("data") or {}).items():
            try:
                decoded = base64.b64decode(value, validate=True) if one["kind"] == "Secret" else value.encode()
            except ValueError:
                decoded = value.encode()
            yield key, decoded, value
        for key, value in (one.get("stringData") or {}).items():
            yield key, value.encode(), base64.b64encode(value.encode()).decode()


def _readings(value: bytes) -> list[bytes]:
    """A value, and what it holds when it is base64 once more."""
    try:
        return [value, base64.b64decode(value, validate=True)]
    except ValueError:
        return [value]


def _ders(text: bytes, label: bytes) -> Iterator[bytes]:
    pattern = rb"-----BEGIN ([A-Z0-9 ]*" + label + rb")-----(.*?)-----END"
    for block in re.finditer(pattern, text.replace(b"\\n", b"\n"), re.S):
        body = b"\n".join(line for line in block[2].splitlines() if b":" not in line)
        try:
            yield base64.b64decode(re.sub(rb"[^A-Za-z0-9+/=]", b"", body))
        except ValueError:
            continue


def _runs(text: str) -> Iterator[str]:
    return (text[start : start + RUN] for start in range(len(text) - RUN + 1))


def _encodings(content: bytes) -> tuple[str, ...]:
    return (
        content.hex(),
        content.hex().upper(),
        base64.b64encode(content).decode().rstrip("="),
        base64.urlsafe_b64encode(content).decode().rstrip("="),
    )
