"""Two versions of a certificate, side by side."""

from collections.abc import Iterator
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.private_key import public_fingerprint
from kubectl_mtls.plan.certificate_effect import CertificateEffect, CertificateView, Users
from kubectl_mtls.render.duration import render_duration, render_time
from kubectl_mtls.render.table import render_table
from kubectl_mtls.render.text import escape, shorten

_WIDTH = 44
_NONE = "<none>"
_MAX_USERS = 20
_MAX_HOSTS = 3


def render_certificates(effect: CertificateEffect, now: datetime) -> str:
    """A table with the old version on the left and the new one on the right."""
    old, new = _column(effect.old, now), _column(effect.new, now)
    rows = [[label, old.get(label, _NONE), new.get(label, _NONE)] for label in dict.fromkeys((*old, *new))]
    if effect.old and effect.new and effect.old.leaf and effect.new.leaf:
        key = next(row for row in rows if row[0] == "KEY")
        key[1] += _key_remark(effect.old)
        key[2] += _key_remark(effect.new) or (" (the same key)" if _is_same_key(effect) else " (a new key)")
    return render_table(("", "OLD", "NEW"), rows) + "".join(f"{line}\n" for line in _users(effect.users))


def _key_remark(version: CertificateView) -> str:
    return " (of another certificate)" if version.fits_key is False else ""


def _is_same_key(effect: CertificateEffect) -> bool:
    """By the public halves in the certificates, which are the Secret's keys only where those belong to them."""
    old, new = effect.old, effect.new
    if old is None or new is None or old.leaf is None or new.leaf is None or old.fits_key is False:
        return False
    return public_fingerprint(old.leaf) == public_fingerprint(new.leaf)


def _users(users: Users) -> Iterator[str]:
    """Who names the Secret; that nobody does is said too."""
    for index, user in enumerate(users.known[:_MAX_USERS]):
        hosts = ", ".join(user.towards[:_MAX_HOSTS]) + (" ..." if len(user.towards) > _MAX_HOSTS else "")
        caveat = f" ({user.caveat})" if user.caveat else ""
        text = f"{user.object.full}  {user.purpose}{f' for {hosts}' if hosts else ''}{caveat}"
        yield f"{'USERS' if index == 0 else '':<8}{escape(text)}"
    if (more := len(users.known) - _MAX_USERS) > 0:
        yield f"        and {more} more"
    if users.gap:
        yield f"USERS   {'others ' if users.known else ''}not known: {escape(users.gap)}"
    elif not users.known:
        yield "USERS   no DestinationRule or Gateway names it"


def _column(version: CertificateView | None, now: datetime) -> dict[str, str]:
    if version is None:
        return {}
    leaf = version.leaf
    cells = _leaf(leaf, now) if leaf else {}
    if leaf:
        cells |= {"CHAIN": _chain(version), "ENDS": _end(version, now)}
        cells["SERVES"] = ", ".join(version.fits) or ("neither role" if version.anchors else "unknown without a CA")
    return cells | {"CA": _anchors(version.anchors)}


def _leaf(leaf: Certificate, now: datetime) -> dict[str, str]:
    return {
        "LEAF": _cut(leaf.subject.text or _NONE),
        "SHA256": leaf.sha256[:16],
        "SERIAL": leaf.serial,
        "ISSUER": _cut(leaf.issuer.short),
        "NAMES": _cut(", ".join(leaf.sans) or _NONE),
        "FROM": render_time(leaf.not_before),
        "TO": f"{render_time(leaf.not_after)} ({_left(leaf, now)})",
        "KEY": leaf.key_type,
    }


def _left(certificate: Certificate, now: datetime) -> str:
    if now >= certificate.not_after:
        return "expired"
    return f"{render_duration(certificate.not_after - now)} left"


def _chain(version: CertificateView) -> str:
    if version.refusal:
        return _cut(f"does not verify: {version.refusal}", 2 * _WIDTH)
    if version.verified_by is None:
        return "not verified: there is no CA to ask"
    return _cut(f"verifies to {version.verified_by.subject.short}")


def _end(version: CertificateView, now: datetime) -> str:
    weakest = version.weakest
    if weakest is None:
        return _NONE
    whose = "" if weakest == version.leaf else f", {weakest.subject.short} first"
    return _cut(f"{_left(weakest, now)}{whose}")


def _anchors(anchors: tuple[Certificate, ...]) -> str:
    return _cut(", ".join(f"{anchor.subject.short} {anchor.sha256[:8]}" for anchor in anchors) or _NONE, 2 * _WIDTH)


def _cut(text: str, width: int = _WIDTH) -> str:
    return shorten(escape(text), width)
