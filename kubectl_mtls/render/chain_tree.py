"""The certificates of a Secret as a tree: every issuer above what it signed, and where one is missing."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import certifies
from kubectl_mtls.certs.inspection import Found, Inspection
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.text import escape, shorten

_MOST = 100
_WIDEST = 60


def render_chain(inspection: Inspection, now: datetime) -> str:
    """The tree; a certificate that stands at several places is drawn once, with all of them."""
    places: dict[Certificate, list[Found]] = {}
    for found in (*inspection.shown, *_of_companion(inspection)):
        places.setdefault(found.certificate, []).append(found)
    certificates = list(places)[:_MOST]
    children: dict[Certificate | None, list[Certificate]] = {}
    for certificate in certificates:
        issuers = (one for one in certificates if one != certificate and certifies(one, certificate))
        issuer = None if certificate.self_signed else next(issuers, None)
        children.setdefault(issuer, []).append(certificate)
    lines = [_identity(inspection)]
    for top in children.get(None, []):
        if not top.self_signed:
            lines.append(f"? {shorten(top.issuer.short or '-', _WIDEST)}  (not here)")
        lines += _drawn(top, "" if top.self_signed else "   ", children, places, inspection, now, set())
    more = len(places) - len(certificates)
    if more:
        lines.append(f"{more} more certificates")
    return "".join(f"{escape(line)}\n" for line in lines)


def _identity(inspection: Inspection) -> str:
    return f"{inspection.ref.kind.name} {inspection.ref.namespace}/{inspection.ref.name}".replace(" /", " ")


def _of_companion(inspection: Inspection) -> Iterator[Found]:
    """The CA where another object supplies it."""
    if inspection.ca_secret not in (None, inspection.ref.name):
        for index, anchor in enumerate(inspection.chain.anchors):
            yield Found(f"{inspection.ca_secret} {inspection.layout.ca_key}", index, anchor)


def _drawn(
    certificate: Certificate,
    indent: str,
    children: dict[Certificate | None, list[Certificate]],
    places: dict[Certificate, list[Found]],
    inspection: Inspection,
    now: datetime,
    above: set[Certificate],
) -> Iterator[str]:
    yield f"{indent}{'└─ ' if indent else ''}{_line(certificate, places[certificate], inspection, now)}"
    if certificate in above:
        return
    for child in children.get(certificate, []):
        yield from _drawn(child, f"{indent}   ", children, places, inspection, now, above | {certificate})


def _line(certificate: Certificate, places: Sequence[Found], inspection: Inspection, now: datetime) -> str:
    left = certificate.not_after - now
    words = [
        shorten(certificate.subject.short or "-", _WIDEST),
        ", ".join(f"{place.data_key}[{place.index}]" for place in places[:3]),
        render_duration(left) if left.total_seconds() > 0 else "EXPIRED",
    ]
    if now < certificate.not_before:
        words[-1] = "NOT YET VALID"
    if certificate == inspection.weakest:
        words.append("ends first")
    if certificate in inspection.path[:1] and inspection.key_matches:
        words.append("has the key")
    if inspection.path and certificate not in inspection.path:
        words.append("not needed")
    return "  ".join(words)
