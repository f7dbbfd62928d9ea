"""Which field of a PeerAuthentication says one mode to ambient pods, while ztunnel enforces another?"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.view import View


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what it says, what holds. `port` is None where it speaks of all ports."""

    policy: PeerAuthentication
    port: int | None
    said: ServerMode
    holds: ServerMode
    rows: list[ServiceRow] = field(default_factory=list)

    @property
    def field(self) -> str:
        """The field's path."""
        return self.policy.field_of(self.port)


def differences(view: View) -> Iterator[Difference]:
    """Every such field, with the Service ports for which it is so."""
    found: dict[tuple[Ref, int | None, ServerMode], Difference] = {}
    for row in view.rows:
        for backend in row.backends if view.covers(row.key[0]) else ():
            accepts = backend.accepts
            if not isinstance(accepts, Effective) or not accepts.by_ztunnel or accepts.decided_by is None:
                continue
            policy = accepts.decided_by
            port = backend.port if accepts.field == policy.field_of(backend.port) else None
            said = policy.mode if port is None else policy.port_modes[port]
            if said is not accepts.mode:
                key = (policy.metadata.ref, port, accepts.mode)
                rows = found.setdefault(key, Difference(policy, port, said, accepts.mode)).rows
                if row not in rows:
                    rows.append(row)
    yield from found.values()
