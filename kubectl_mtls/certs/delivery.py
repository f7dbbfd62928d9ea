"""What istiod makes of a Secret: does it deliver or load it, and in which words does it refuse."""

from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.certs.certificate import parse_certificate
from kubectl_mtls.certs.go_path import go_reads
from kubectl_mtls.certs.layout import Layout, Role
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.certs.signing_ca import plugged_refusal, self_signed_refusal
from kubectl_mtls.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Istiod:
    """Whether istiod delivers (credential) or loads (signing CA) it. None: there is nothing that it looks for.

    `error` are its own words when it does not, its logged warning or None when it does.
    """

    accepted: bool | None
    error: str | None = None


def resolve_delivery(secret: Secret, role: Role, layout: Layout, now: datetime) -> Istiod:
    """istiod's answer for a Secret or ConfigMap of this role."""
    match role:
        case Role.PLUGGED_CA:
            if layout.error or not layout.certificate_key:
                return Istiod(False if layout.error else None, layout.error)
            error = plugged_refusal(layout, secret.data, now)
            return Istiod(error is None, error)
        case Role.SELF_SIGNED_CA:
            error = self_signed_refusal(secret.data, now)
            return Istiod(error is None, error)
        case Role.TRUST_BUNDLE:
            return Istiod(None)
        case Role.CA_CREDENTIAL:
            return _delivered(layout.ca_error, secret.data.get(layout.ca_key or ""), now)
    return _delivered(layout.error, secret.data.get(layout.certificate_key or ""), now)


def _delivered(error: str | None, data: bytes | None, now: datetime) -> Istiod:
    return Istiod(error is None, error or _pushed_warning(data or b"", now))


def _pushed_warning(data: bytes, now: datetime) -> str | None:
    """What istiod logs at every push, and sends all the same (pilot/pkg/xds/sds.go ValidateCertificate)."""
    blocks = read_blocks(data)
    if blocks and blocks[0].is_empty:
        return None
    readable = [block for block in blocks if not block.problem]
    if not readable:
        return None if blocks else "pem decode failed"
    first = parse_certificate(readable[0].content)
    if first is None or len(first.der) < len(readable[0].content) or not go_reads(first):
        return "x509: malformed certificate"
    return None if first.not_before <= now <= first.not_after else "certificate is expired or not yet valid"
