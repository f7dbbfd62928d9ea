"""What the TLS connection to the API server trusts and shows.

The context is made here because the kubernetes package writes keys to files that outlive a killed process, and because
Python 3.13 and later refuse certificate authorities without key identifiers (kubernetes-client/python #2394).
"""

import os
import re
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from urllib3.util.ssl_ import create_urllib3_context

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.kube.target import Target

_CERTIFICATE = re.compile(rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----.+?-----END (?:TRUSTED )?CERTIFICATE-----", re.S)


def make_tls_context(target: Target) -> ssl.SSLContext:
    """The context for the target's server. Raises InvalidInput for certificates or keys that cannot be used."""
    required = ssl.CERT_NONE if target.insecure else ssl.CERT_REQUIRED
    context = create_urllib3_context(cert_reqs=required)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if target.ca:
        blocks = _CERTIFICATE.findall(target.ca)
        try:
            context.load_verify_locations(cadata=b"\n".join(blocks).decode("ascii"))
        except (ssl.SSLError, ValueError):
            raise InvalidInput("the certificate authority of the cluster is not a PEM certificate") from None
    elif not target.insecure:
        context.load_default_certs()
    if target.certificate and target.key:
        _load_pair(context, target.certificate, target.key)
    return context


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    try:
        with _private_file(certificate + b"\n" + key) as path:
            context.load_cert_chain(path, password=_refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise InvalidInput("the client key of the kubeconfig user does not belong to its certificate") from None
        raise InvalidInput("the client certificate or key of the kubeconfig user is not valid PEM") from None


def _refuse_password() -> NoReturn:
    raise InvalidInput("the client key of the kubeconfig user is encrypted, which is not supported")


@contextmanager
def _private_file(content: bytes) -> Iterator[str]:
    """A path that OpenSSL can read: memory that no other process sees where Linux has it, else a file for a moment."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with os.fdopen(os.memfd_create("client-certificate", os.MFD_CLOEXEC), "wb") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path
    finally:
        Path(path).unlink()
