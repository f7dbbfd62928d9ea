"""Which calls to hosts outside fail because of the Secret that they rest on, although the rules are in order?

A proxy without the Secret, or with one that it cannot use, does not connect (`Secret is not supplied by SDS`); one with
an expired certificate is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kubectl_mtls.model.credential import parse_credential
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.credential.standing import Standing, State
from kubectl_mtls.posture.mesh.outside_hosts import Egress

_SPOILING = (State.MISSING, State.EXPIRED, State.BROKEN)


def with_credentials(rows: Iterable[Egress], standings: Sequence[Standing]) -> Iterator[Egress]:
    """The rows, each with the Secret that makes it fail, where there is one."""
    bad = {(one.ref.namespace, one.ref.name): one for one in standings if one.state in _SPOILING}
    for row in rows:
        spoiling = _spoiling(row, bad) if bad and row.verdict in (Verdict.MTLS, Verdict.TLS) else None
        yield replace(row, spoiled_by=spoiling) if spoiling else row


def _spoiling(row: Egress, bad: Mapping[tuple[str, str], Standing]) -> Standing | None:
    """Proxies look beside themselves, unless the name says where."""
    if row.tls is None or not row.tls.credential_name:
        return None
    credential = parse_credential(row.tls.credential_name)
    places = {credential.namespace or one.namespace for clients in row.clients for one in clients.classes}
    return next((bad[place, credential.name] for place in sorted(places) if (place, credential.name) in bad), None)
