"""What do objections to a change of mode look at? The mesh before it and after it, and which ports tighten."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from kubectl_mtls.model.host import service_host
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.service import Service
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.effect import ServiceEffect
from kubectl_mtls.posture.server.server import Policies, resolve_server
from kubectl_mtls.posture.server.services import refuses_plaintext


@dataclass(frozen=True)
class Step:
    """A change of mode. `may_tighten`: whether it can make anything STRICT at all.

    `seen` are the namespaces whose pods were read, None for all.
    """

    before: Snapshot
    after: Snapshot
    effect: ServiceEffect
    may_tighten: bool
    seen: frozenset[str] | None = None

    def back(self, *, may_tighten: bool) -> "Step":
        """The way back."""
        return replace(self, before=self.after, after=self.before, effect=self.effect.reversed, may_tighten=may_tighten)

    @cached_property
    def closing(self) -> Mapping[tuple[str, str], frozenset[int]]:
        """The Service ports, by Service, that take plaintext today and would refuse it.

        What an AuthorizationPolicy refuses already is not among them.
        """
        keys = {service_host(*reversed(service.key)): service.key for service in self.before.services}
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for one in self.effect.connections.plain:
            if one.starts_to_fail and one.host in keys:
                found[keys[one.host]].add(one.port)
        return {key: frozenset(ports) for key, ports in found.items()}

    @cached_property
    def closing_services(self) -> tuple[Service, ...]:
        """The Services of which a port would refuse plaintext."""
        return tuple(service for service in self.before.services if service.key in self.closing)

    def closes(self, pod: Pod, port: int) -> bool:
        """Whether a pod's own port takes plaintext today and would refuse it."""
        then, now = self._policies
        return not refuses_plaintext(resolve_server(then, pod, port)) and refuses_plaintext(
            resolve_server(now, pod, port)
        )

    @cached_property
    def _policies(self) -> tuple[Policies, Policies]:
        return Policies(self.before), Policies(self.after)
