"""Which field of a PeerAuthentication says DISABLE to servers at which connections fail?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.failure.obstacle import Failure
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.rules.remedy import switch_mode


@dataclass(frozen=True, slots=True)
class Disabling:
    """One field, and what fails by it. `port` is None where it speaks of all ports."""

    policy: PeerAuthentication
    port: int | None
    failures: list[Failure] = field(default_factory=list)

    @property
    def field(self) -> str:
        """The field's path."""
        return self.policy.field_of(self.port)

    @property
    def fix(self) -> str:
        """Accept both."""
        return switch_mode(self.policy.metadata, ServerMode.PERMISSIVE, self.port)


def by_field(failures: Iterable[Failure]) -> Iterator[Disabling]:
    """The fields that decide at the endpoints of these failures."""
    found: dict[tuple[Ref, int | None], Disabling] = {}
    for one in failures:
        accepts = one.result.accepts if one.result else None
        if isinstance(accepts, Effective) and accepts.decided_by and one.endpoint:
            policy, number = accepts.decided_by, one.endpoint.port
            port = number if accepts.field == policy.field_of(number) else None
            found.setdefault((policy.metadata.ref, port), Disabling(policy, port)).failures.append(one)
    yield from found.values()
