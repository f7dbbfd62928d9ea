"""What a Secret or bundle holds beside a pair: anchors, CRLs, requests, values in other forms; a line each."""

from datetime import datetime

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.request import CertificateRequest
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.text import shorten

_MAX_NAMES = 80


def render_forms(inspection: Inspection) -> list[str]:
    """What is in other forms than proxies read."""
    return [
        f"FORM    {key}: {found.form}{', locked by a passphrase' if found.locked else ''}"
        for key, found in inspection.disguises.items()
    ]


def render_anchors(inspection: Inspection, now: datetime) -> str:
    """How many there are, and until when there is one."""
    anchors = [found.certificate for found in inspection.bundle]
    if not anchors:
        return "nothing: no certificate"
    last = max(anchors, key=lambda one: one.not_after)
    count = counted(len(anchors), "certificate")
    ended = sum(not one.valid_at(now) for one in anchors)
    left = last.not_after - now
    ends = f"the last ends in {render_duration(left)}" if left.total_seconds() > 0 else "all have expired"
    return f"{count}{f', {ended} not valid now' if ended else ''}; {ends}"


def render_requests(inspection: Inspection) -> list[str]:
    """Every request, and whether it is of the key beside it."""
    return [
        f"REQUEST {key}: {shorten(one.subject.text or '-', _MAX_NAMES)}, {one.key_type}, "
        f"names {shorten(', '.join(one.sans), _MAX_NAMES) or '-'}, {_signed(inspection, one)}"
        for key, one in inspection.requests
    ]


def _signed(inspection: Inspection, request: CertificateRequest) -> str:
    if not request.signed:
        return "its signature does NOT fit its key"
    if inspection.key.public_fingerprint is None:
        return "signed"
    return "of this key" if inspection.key.public_fingerprint == request.public_fingerprint else "of another key"


def render_revocation_lists(inspection: Inspection, now: datetime) -> list[str]:
    """Every CRL, and when it ends: proxies refuse all when it has ended."""
    lines = []
    for key, crl in inspection.crls:
        end = "without end" if crl.next_update is None else f"next in {render_duration(crl.next_update - now)}"
        end = "EXPIRED" if crl.next_update and crl.next_update <= now else end
        count = f"{len(crl.serials)} revoked"
        lines.append(f"CRL     {key}: of {shorten(crl.name or '-', _MAX_NAMES)}, {count}, {end}")
    return lines
