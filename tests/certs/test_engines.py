"""Our verdict against two that are not ours: `openssl verify`, and a real TLS handshake."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_mtls.certs.issue import issue, issue_root
from kubectl_mtls.certs.pem import read_blocks, write_block
from tests.certs.chains import Case, cases
from tests.certs.pki import NOW

OPENSSL = shutil.which("openssl")
_TODAY = datetime.now(UTC).replace(microsecond=0)
_HANDSHAKES = (
    "sound",
    "RSA leaf",
    "for clients only",
    "for servers only",
    "anyExtendedKeyUsage stands for nothing",
    "expired intermediate",
    "not yet valid",
    "intermediate missing",
    "wrong order above the leaf",
    "another root",
    "a leaf as issuer",
)


def _openssl_verifies(case: Case, role: str, folder: Path) -> bool:
    leaf, *rest = [write_block("CERTIFICATE", block.content) for block in read_blocks(case.chain)]
    for name, data in (("leaf", leaf), ("chain", b"".join(rest)), ("ca", case.ca)):
        (folder / name).write_bytes(data)
    untrusted = ["-untrusted", folder / "chain"] if rest else []
    command = [OPENSSL, "verify", "-no-CApath", "-no-CAstore", "-CAfile", folder / "ca", *untrusted]
    at = str(int(NOW.timestamp()))
    done = subprocess.run(
        [*command, "-purpose", f"ssl{role}", "-attime", at, folder / "leaf"], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(OPENSSL is None, reason="no openssl command here")
@pytest.mark.parametrize("case", [case for case in cases(NOW) if not case.openssl_differs], ids=lambda case: case.name)
def test_openssl_verify_agrees(case, tmp_path):
    found = tuple(_openssl_verifies(case, role, tmp_path) for role in ("client", "server"))
    assert found == (case.client, case.server)


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> bool:
    """Both ends over memory; a TLS 1.3 client learns of the server's refusal only when it reads on."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname=None),
    ]
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return all(end.getpeercert(True) is not None or end.context.verify_mode is ssl.CERT_NONE for end in ends)


def _context(is_server: bool, folder: Path, pair: tuple[bytes, bytes] | None, ca: bytes | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
    if not is_server:
        context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE if ca is None else ssl.CERT_REQUIRED
    if ca is not None:
        context.load_verify_locations(cadata=ca.decode())
    if pair:
        (folder / "chain").write_bytes(pair[0])
        (folder / "key").write_bytes(pair[1])
        context.load_cert_chain(folder / "chain", folder / "key")
    return context


@pytest.mark.parametrize("name", _HANDSHAKES)
def test_a_real_handshake_agrees_in_both_roles(name, tmp_path):
    case = next(case for case in cases(_TODAY) if case.name == name)
    neutral = issue("neutral", _TODAY, issue_root(_TODAY))
    mine, theirs = (case.chain, case.leaf.key_pem()), (neutral.chain_pem, neutral.key_pem())
    as_client = _handshake(_context(True, tmp_path, theirs, case.ca), _context(False, tmp_path, mine, None))
    as_server = _handshake(_context(True, tmp_path, mine, None), _context(False, tmp_path, None, case.ca))
    assert (as_client, as_server) == (case.client, case.server)
