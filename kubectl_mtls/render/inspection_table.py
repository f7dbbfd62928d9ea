"""`inspect-secret` for people: what it is, is it sound, what ends first, who uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.certs.certificate import HAS_ENDED, NEVER_BEGINS, Certificate
from kubectl_mtls.certs.extensions import Extensions
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import Role
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.posture.credential.fitness import Fitness
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.findings import render_findings
from kubectl_mtls.render.inspection_extras import render_anchors, render_forms, render_requests, render_revocation_lists
from kubectl_mtls.render.inspection_verdict import render_key, render_verdict
from kubectl_mtls.render.keeping import render_owner, render_users
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten

SERVED_TYPE = "served"
_MAX_NAMES = 80
_MAX_ROWS = 20
_SIGNERS = (Role.PLUGGED_CA, Role.SELF_SIGNED_CA)


@dataclass(frozen=True, slots=True)
class Look:
    """How much is shown. `users_known` False: nobody looked for users, or not everywhere."""

    wide: bool = False
    headers: bool = True
    users_known: bool = True


def render_inspection(dossier: Dossier, findings: Sequence[Finding], now: datetime, look: Look) -> str:
    """One Secret, with its table of certificates."""
    inspection = dossier.inspection
    where = [_file(inspection)] if dossier.is_file else _identity(dossier, now)
    is_bundle = inspection.role in (Role.CA_CREDENTIAL, Role.TRUST_BUNDLE)
    lines = [
        *where,
        *([] if is_bundle else [f"KEY     {render_key(inspection)}"]),
        *([f"TRUSTS  {render_anchors(inspection, now)}"] if is_bundle else render_verdict(inspection, now)),
        *render_forms(inspection),
    ]
    table = _certificates(inspection, now, look.wide, look.headers)
    after = [*render_requests(inspection), *render_revocation_lists(inspection, now), *_uses(dossier.fitness)]
    after += [] if dossier.is_file else render_users(dossier, known=look.users_known)
    head, tail = ("".join(f"{escape(line)}\n" for line in part) for part in (lines, after))
    return head + table + tail + render_findings(findings, now)


def _identity(dossier: Dossier, now: datetime) -> list[str]:
    inspection, ref, secret = dossier.inspection, dossier.inspection.ref, dossier.inspection.secret
    if inspection.role is Role.TRUST_BUNDLE:
        return [f"BUNDLE  {ref}{f'   signer {secret.type}' if secret.type else ''}"]
    words = [f"{ref.namespace}/{ref.name}", secret.type, render_owner(dossier.ownership, now)]
    return [f"{ref.kind.name.upper():7} {'   '.join(filter(None, words))}", f"ISTIOD  {_delivery(inspection)}"]


def _file(inspection: Inspection) -> str:
    if inspection.secret.type == SERVED_TYPE:
        return f"SERVER  {inspection.ref.name}"
    return f"FILE    {inspection.secret.metadata.origin}   {inspection.secret.type}".rstrip()


def _delivery(inspection: Inspection) -> str:
    keys = [inspection.layout.certificate_key, inspection.layout.private_key_key, *inspection.layout.chain_keys]
    taken = [key for key in dict.fromkeys(keys) if key]
    if inspection.layout.ca_key:
        where = f" of secret/{inspection.ca_secret}" if inspection.ca_secret != inspection.ref.name else ""
        taken.append(f"{inspection.layout.ca_key}{where}")
    verb = "loads" if inspection.role in _SIGNERS else "delivers"
    if inspection.istiod.accepted:
        return f"{verb} {', '.join(taken)}"
    if inspection.istiod.accepted is None:
        return "finds no CA bundle in it"
    return f"refuses it: {inspection.istiod.error}"


def _certificates(inspection: Inspection, now: datetime, wide: bool, show_headers: bool) -> str:
    headers = ["#", "WHAT", "SUBJECT", "ISSUER", "NAMES", "FROM", "TO", "LEFT"]
    if wide:
        headers += ["KEY", "SIGNATURE", "USAGES", "CONSTRAINTS", "SERIAL", "SHA256"]
    total = len(inspection.shown)
    rows = [_certificate(inspection, index, now, wide) for index in range(total if wide else min(total, _MAX_ROWS))]
    if not rows:
        return ""
    more = f"{total - len(rows)} more: -o wide shows all\n" if len(rows) < total else ""
    return render_table(headers, [[escape(cell) for cell in row] for row in rows], show_headers) + more


def _certificate(inspection: Inspection, position: int, now: datetime, wide: bool) -> list[str]:
    found = inspection.shown[position]
    certificate = found.certificate
    cells = [
        str(position),
        f"{_what(inspection, position)}, {found.data_key}",
        shorten(certificate.subject.short or "-", _MAX_NAMES),
        "itself" if certificate.self_issued else shorten(certificate.issuer.short or "-", _MAX_NAMES),
        shorten(",".join(certificate.sans), _MAX_NAMES) or "-",
        f"{certificate.not_before:%Y-%m-%d}" if certificate.not_before != NEVER_BEGINS else "?",
        f"{certificate.not_after:%Y-%m-%d}" if certificate.not_after != HAS_ENDED else "?",
        _left(certificate, now),
    ]
    if wide:
        usages = (*(certificate.extensions.key_usages or ()), *(certificate.extensions.extended_usages or ()))
        cells += [
            certificate.key_type,
            certificate.signature_algorithm,
            ",".join(usages) or "-",
            shorten(_constraints(certificate.extensions), _MAX_NAMES) or "-",
            certificate.serial,
            certificate.sha256,
        ]
    return cells


def _constraints(extensions: Extensions) -> str:
    """Basic and name constraints, as openssl writes them."""
    words = ["CA:TRUE"] if extensions.is_ca else []
    words += [f"pathlen:{extensions.path_length}"] if extensions.path_length is not None else []
    words += [f"permitted {name}" for name in extensions.permitted_names]
    words += [f"excluded {name}" for name in extensions.excluded_names]
    return ",".join(words)


def _left(certificate: Certificate, now: datetime) -> str:
    if now < certificate.not_before:
        return "NOT YET"
    return render_duration(certificate.not_after - now) if certificate.not_after > now else "EXPIRED"


def _what(inspection: Inspection, position: int) -> str:
    certificate = inspection.shown[position].certificate
    presented = inspection.chain.presented
    if inspection.chain.leaf is not None and certificate == presented[inspection.chain.leaf] and not certificate.is_ca:
        return "leaf"
    if certificate.self_signed:
        return "root"
    return "intermediate" if certificate.is_ca else "certificate"


def _uses(fitness: Sequence[Fitness]) -> list[str]:
    lines = []
    for number, one in enumerate(fitness):
        answer = {True: "yes", False: "no", None: "cannot be told"}[one.ok]
        reason = f" ({one.reason})" if one.reason and one.ok is not True else ""
        lines.append(f"{'FOR' if number == 0 else '':7} {one.use}: {answer}{reason}")
    return lines
