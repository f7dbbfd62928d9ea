"""Which certificates does a server show? One TLS handshake, everything accepted, nothing of our own shown.

The chain is taken from the handshake's own messages (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2): as it was sent,
and also where the server goes on to refuse us for having no certificate.
"""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mtls.certs.certificate import Certificate, parse_certificate
from kubectl_mtls.certs.served import Served
from kubectl_mtls.errors import InvalidInput, Unreachable

_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13
_HANDSHAKE = 22


@dataclass(slots=True)
class _Messages:
    """The messages of one handshake that matter."""

    certificates: tuple[Certificate, ...] = ()
    asks_for_client: bool = False
    version: str = ""

    def take(self, _: object, direction: str, __: object, content: int, ___: object, data: bytes) -> None:
        """What ssl calls for every message."""
        if direction != "read" or content != _HANDSHAKE or len(data) < 8:
            return
        if data[0] == _CERTIFICATE and not self.certificates:
            self.certificates = tuple(_chain(data[4:], has_extensions=_is_13(data[4:])))
        self.asks_for_client = self.asks_for_client or data[0] == _CERTIFICATE_REQUEST


def read_served(address: str, server_name: str | None, timeout: float | None) -> Served:
    """Shake hands with HOST:PORT; `server_name` is the SNI, the host where None. Raises InvalidInput, Unreachable."""
    host, port = parse_address(address)
    name = server_name or (None if _is_number(host) else host)
    messages, context = _Messages(), _context()
    context._msg_callback = messages.take  # type: ignore[attr-defined]  # the only view of the chain before Python 3.13
    refusal = None
    try:
        with socket.create_connection((host, port), timeout=timeout) as plain:
            try:
                with context.wrap_socket(plain, server_hostname=name) as secured:
                    messages.version = secured.version() or ""
            except ssl.SSLError as error:
                refusal = error.reason or "the handshake failed"
    except (OSError, UnicodeError) as error:
        if not messages.certificates:
            raise Unreachable(f"{address}: {getattr(error, 'strerror', None) or error}") from None
    if not messages.certificates:
        raise Unreachable(f"{address}: no TLS server: {refusal or 'it showed no certificate'}")
    return Served(address, name, messages.certificates, messages.version, messages.asks_for_client, refusal)


def parse_address(written: str) -> tuple[str, int]:
    """HOST and PORT; an IPv6 address stands in brackets. Raises InvalidInput."""
    host, colon, port = written.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidInput(f"--connect {written}: should be HOST:PORT, such as partner.example:443")
    return host, int(port)


def _context() -> ssl.SSLContext:
    """Accepts everything: what is shown is judged afterwards."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _is_number(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _is_13(body: bytes) -> bool:
    """An empty certificate request context, then a list that fills the rest."""
    return body[0] == 0 and int.from_bytes(body[1:4]) == len(body) - 4


def _chain(body: bytes, *, has_extensions: bool) -> Iterator[Certificate]:
    """The certificates of a Certificate message, without its header."""
    position = 1 + body[0] + 3 if has_extensions else 3
    while position + 3 <= len(body):
        length = int.from_bytes(body[position : position + 3])
        der = body[position + 3 : position + 3 + length]
        if certificate := parse_certificate(der):
            yield certificate
        position += 3 + length
        if has_extensions:
            position += 2 + int.from_bytes(body[position : position + 2])
