"""Which token, certificate, key or CA a kubeconfig entry holds: inline, as base64, or in a file.

No value ever gets into an error: only which entry and which field it is.
"""

import base64
import binascii
from pathlib import Path

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.kube.kubeconfig import Entry, text_of


def token_of(user: Entry, who: str) -> str:
    """The user's bearer token, empty without one; a token file wins over an inline token, as in client-go."""
    path = text_of(user, "tokenFile", who)
    token = _read(path, f"the token file of {who}").decode(errors="replace") if path else text_of(user, "token", who)
    token = token.strip()
    if not token.isprintable() or not token.isascii():
        raise InvalidInput(f"the token of {who} is not a token: it holds other than printable ASCII characters")
    return token


def pem_of(entry: Entry, key: str, who: str) -> bytes | None:
    """The PEM that `key` (a file) or `key-data` (base64) gives; InvalidInput when both do."""
    path, data = text_of(entry, key, who), text_of(entry, f"{key}-data", who)
    if path and data:
        raise InvalidInput(f"{who} has both {key} and {key}-data: only one is allowed")
    if path:
        return _read(path, f"the {key} of {who}")
    if not data:
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"the {key}-data of {who} is not valid base64") from None


def _read(path: str, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"{what} cannot be read: {path}: {error.strerror}") from None
