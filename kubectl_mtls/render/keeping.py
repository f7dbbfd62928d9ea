"""Who keeps a Secret and who uses it, as people read it: a line for the one, a line for each of the others."""

from collections.abc import Iterator
from datetime import datetime

from kubectl_mtls.certs.layout import Role
from kubectl_mtls.model.kind import KIND_BY_ALIAS
from kubectl_mtls.model.phrase import first_of
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.posture.credential.ownership import Ownership
from kubectl_mtls.posture.credential.usage import Asker, Purpose, Usage
from kubectl_mtls.render.duration import render_duration, render_since

_OUTWARD = (Purpose.CLIENT, Purpose.CLIENT_CA)
_SIGNERS = (Role.PLUGGED_CA, Role.SELF_SIGNED_CA)
_MAX_HOSTS = 3


def render_owner(ownership: Ownership, now: datetime) -> str:
    """`kept by cert-manager (certificate/partner, renews in 3d, revision 7)`; empty where nothing is known."""
    if ownership.manager is None and ownership.source is None:
        return _written(ownership, now)
    name = ownership.manager.name if ownership.manager else ownership.source
    facts = [*([ownership.source] if ownership.manager and ownership.source else []), *_facts(ownership, now)]
    return f"kept by {name} ({', '.join(facts)})" if facts else f"kept by {name}"


def _facts(ownership: Ownership, now: datetime) -> Iterator[str]:
    if certificate := ownership.certificate:
        if ownership.stuck:
            yield f"STUCK: {ownership.stuck.obstacle.value}"
        elif certificate.renews_at:
            left = certificate.renews_at - now
            yield f"renews in {render_duration(left)}" if left.total_seconds() > 0 else "a renewal is due"
        if certificate.revision:
            yield f"revision {certificate.revision}"
    elif ownership.stuck:
        yield f"STUCK: {ownership.stuck.obstacle.value}"
    if external := ownership.external_secret:
        if external.refreshed_at:
            yield f"refreshed {render_since(external.refreshed_at, now)}"
        if (ready := external.conditions.get("Ready")) and ready.is_denied:
            yield f"NOT READY: {ready.reason}"
        if external.store:
            yield f"from {external.store}"
    if ownership.issuer:
        yield f"by {ownership.issuer}"


def _written(ownership: Ownership, now: datetime) -> str:
    if ownership.written is None:
        return ""
    since = f" {render_since(ownership.written.at, now)}" if ownership.written.at else ""
    return f"written by {ownership.written.by}{since}"


def render_users(dossier: Dossier, *, known: bool) -> list[str]:
    """`USED BY` and a line for each place; nothing where nobody could look."""
    users = [*(["istiod, to sign the mesh's certificates"] if dossier.inspection.role in _SIGNERS else ())]
    users += [_user(dossier, usage) for usage in dossier.usages]
    if not users:
        return ["USED BY nobody that was read"] if known else []
    return [f"{'USED BY' if index == 0 else '':7} {user}" for index, user in enumerate(users)]


def _user(dossier: Dossier, usage: Usage) -> str:
    hosts = f" towards {_hosts(usage)}" if usage.purpose in _OUTWARD and usage.towards else ""
    caveat = f" ({usage.caveat.value})" if usage.caveat else ""
    askers = f", by {_askers(dossier, usage)}" if usage.askers else ""
    return f"{usage.user.ref.full}  {usage.field}: {usage.purpose.value}{hosts}{caveat}{askers}"


def _hosts(usage: Usage) -> str:
    return first_of(usage.towards, _MAX_HOSTS)


def _askers(dossier: Dossier, usage: Usage) -> str:
    """`deployment/cart (may read it: yes)`."""
    return ", ".join(f"{workload_name(asker)}{_right(dossier, usage, asker)}" for asker in usage.askers)


def workload_name(asker: Asker) -> str:
    """As kubectl writes it."""
    kind = KIND_BY_ALIAS.get(asker.workload.kind.lower())
    return f"{kind.singular if kind else asker.workload.kind}/{asker.workload.name}"


def _right(dossier: Dossier, usage: Usage, asker: Asker) -> str:
    if not usage.needs_right:
        return ""
    right = dossier.rights[asker]
    answer = {True: "yes", False: "NO", None: "not known"}[right.allowed]
    reason = f": {right.reason}" if right.allowed is None and right.reason else ""
    return f" (may read it: {answer}{reason})"
