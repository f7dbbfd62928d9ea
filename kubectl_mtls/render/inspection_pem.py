"""The certificates of Secrets as PEM, each under a line that says which it is. Nothing else is ever printed."""

from collections.abc import Sequence

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.pem import write_block
from kubectl_mtls.render.text import escape, shorten

_WIDEST = 100


def render_pem(inspections: Sequence[Inspection]) -> str:
    """Every certificate once, in the order of the answer."""
    parts: dict[bytes, str] = {}
    for inspection in inspections:
        for found in inspection.shown:
            subject = shorten(found.certificate.subject.text or "-", _WIDEST)
            line = escape(f"# {inspection.ref.full} {found.data_key} {found.index}: {subject}")
            block = write_block("CERTIFICATE", found.certificate.der).decode()
            parts.setdefault(found.certificate.der, f"{line}\n{block}")
    return "".join(parts.values())
