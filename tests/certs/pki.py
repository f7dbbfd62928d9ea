"""A small PKI, made once, and Secrets around it; a test names only what it breaks."""

import base64
import functools
from datetime import UTC, datetime, timedelta

from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.secret import Secret, parse_secret

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "DNS:cart.shop.example"


@functools.cache
def root() -> Issued:
    return issue_root(NOW)


@functools.cache
def other_root() -> Issued:
    return issue_root(NOW, "Other Root")


@functools.cache
def intermediate() -> Issued:
    return issue_intermediate(NOW, root())


@functools.cache
def leaf() -> Issued:
    return issue("cart", NOW, intermediate(), sans=(HOST,))


def data(**changes: bytes | None) -> dict[str, bytes]:
    """A sound kubernetes.io/tls Secret with its CA; None takes a key away. `tls_crt` stands for `tls.crt`."""
    values: dict[str, bytes | None] = {
        "tls.crt": leaf().chain_pem,
        "tls.key": leaf().key_pem(),
        "ca.crt": root().pem,
    }
    values |= {key.replace("_", "."): value for key, value in changes.items()}
    return {key: value for key, value in values.items() if value is not None}


def secret(
    values: dict[str, bytes], name: str = "partner-cert", namespace: str = "shop", kind: str = "Secret"
) -> Secret:
    encoded = {
        key: base64.b64encode(value).decode() if kind == "Secret" else value.decode() for key, value in values.items()
    }
    manifest = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "data": encoded,
    }
    return parse_secret(Document(manifest, ApiOrigin()))
