"""Which part of the picture was asked for: by targets, labels, clients, and by what is not in order?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kubectl_mtls.certs.policy import Policy
from kubectl_mtls.cli.explain_client import find_clients
from kubectl_mtls.cli.explain_target import Client
from kubectl_mtls.cli.label_selector import Matches
from kubectl_mtls.cli.target import Target, find_target
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.posture.client.client_namespaces import client_namespaces
from kubectl_mtls.posture.credential.spoiled import with_credentials
from kubectl_mtls.posture.credential.standing import Standing, State
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.outside_hosts import Egress, Undeclared, egress_of, undeclared_of
from kubectl_mtls.posture.mesh.recent import resolve_recent
from kubectl_mtls.posture.mesh.status import Shown
from kubectl_mtls.posture.mesh.traffic import Traffic, traffic_of
from kubectl_mtls.posture.mesh.troubled import is_troubled_egress, is_troubled_service
from kubectl_mtls.posture.server.choice import Choice, choose, unite
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.view import View


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: `namespaces` are those that are shown (None: all), `default` those that bare names lie in.

    `is_narrowed`: by targets or labels, so that findings about other objects are left out. `clients` are the only ones
    that count, where any are named. With `expiring_within` nothing is said but what ends in that time.
    """

    namespaces: tuple[str, ...] | None
    default: tuple[str, ...] | None
    targets: tuple[Target, ...]
    matches: Matches
    is_narrowed: bool
    problems: bool
    now: datetime
    expiring_within: timedelta | None = None
    policy: Policy | None = None
    advice: bool = False
    clients: tuple[Client, ...] = ()
    changed_within: timedelta | None = None

    @property
    def is_of_namespaces(self) -> bool:
        """Whether what belongs to namespaces as a whole is meant too: not where Services or workloads are asked for."""
        if not self.is_narrowed:
            return True
        return bool(self.targets) and all(target.kind == kinds.NAMESPACE for target in self.targets)

    def covers(self, namespace: str) -> bool:
        """Whether what belongs to this namespace as a whole is shown."""
        spaces = {one.name for one in self.targets} if self.targets else self.namespaces
        return self.is_of_namespaces and (spaces is None or namespace in spaces)


def choose_rows(view: View, question: Question) -> Choice:
    """The rows that the targets mean. Raises InvalidInput for a target that is not there."""
    if not question.targets:
        return Choice(view.rows)
    refs = [find_target(view.snapshot, target, question.default) for target in question.targets]
    return unite([choose(view.snapshot, view.rows, ref) for ref in refs])


def resolve_shown(view: View, choice: Choice, question: Question) -> Shown:
    """The parts to show. Raises InvalidInput for clients that are not there."""
    resolver = _resolver(view, question)
    services = tuple(one for one in _services(view, resolver, choice, question) if _is_shown(one, question))
    outside = with_credentials(egress_of(resolver), view.standings)
    egress = tuple(one for one in outside if _is_egress_shown(one, question))
    undeclared = undeclared_of(view.snapshot, view.connections.outbound.hosts)
    within = question.changed_within
    return Shown(
        services=services,
        egress=egress,
        undeclared=tuple(one for one in undeclared if _is_undeclared_shown(one, question)),
        ports=choice.ports,
        credentials=tuple(one for one in view.standings if _is_credential_shown(one, question)),
        recent=None if within is None else resolve_recent(services, egress, question.now - within),
        clients=None if question.namespaces is None else _client_namespaces(view, question.namespaces),
        asked=tuple(one.written for one in question.clients),
    )


def _resolver(view: View, question: Question) -> TrafficResolver:
    if not question.clients:
        return view.resolver
    found = [find_clients(view.snapshot, one, question.default) for one in question.clients]
    return TrafficResolver(view.connections, asked={pod.key: pod for pods in found for pod in pods}.values())


def _client_namespaces(view: View, namespaces: tuple[str, ...]) -> tuple[str, ...]:
    """These, and those that were looked at for their rules."""
    return (*namespaces, *sorted(client_namespaces(view.snapshot, namespaces) - set(namespaces)))


def _services(view: View, resolver: TrafficResolver, choice: Choice, question: Question) -> list[Traffic]:
    """The traffic of the chosen rows, which may be parts of the view's."""
    if question.clients:
        return list(traffic_of(resolver, choice.rows))
    by_row = {_key(one.row): one for one in view.traffic}
    return [replace(by_row[_key(row)], row=row) for row in choice.rows]


def _key(row: ServiceRow) -> tuple[object, ...]:
    return (*row.key, row.port.protocol if row.port else "")


def _is_shown(traffic: Traffic, question: Question) -> bool:
    return (
        question.expiring_within is None
        and question.matches(traffic.row.service.metadata.labels)
        and (not question.problems or is_troubled_service(traffic))
    )


def _is_egress_shown(egress: Egress, question: Question) -> bool:
    """Hosts of the namespaces that are shown and what their clients call elsewhere; what named clients call."""
    if not question.is_of_namespaces or question.expiring_within is not None:
        return False
    if question.clients:
        is_near = bool(egress.clients)
    else:
        callers = {one.namespace for clients in egress.clients for one in clients.classes}
        is_near = any(map(question.covers, (egress.host.namespace, *callers)))
    return is_near and (not question.problems or is_troubled_egress(egress))


def _is_undeclared_shown(one: Undeclared, question: Question) -> bool:
    if question.expiring_within is not None or question.clients:
        return False
    return question.covers(one.rule.metadata.namespace)


def _is_credential_shown(standing: Standing, question: Question) -> bool:
    if not question.covers(standing.ref.namespace):
        return False
    if question.expiring_within is not None and not standing.ends_within(question.expiring_within, question.now):
        return False
    return not question.problems or standing.state is not State.OK
