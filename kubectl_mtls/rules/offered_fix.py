"""Which finding is about one connection that FAILS? Its fix is what `explain` offers: one logic, in one place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.connection.connection import Connection, Way
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.failure.blame import Place, failures_of
from kubectl_mtls.posture.failure.obstacle import Obstacle
from kubectl_mtls.posture.failure.rule_failures import failing_place
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.traffic import Traffic, traffic_of
from kubectl_mtls.rules import (
    auto_mtls_off,
    disabled_behind_headless,
    excluded_port,
    foreign_tls,
    identity_nobody_has,
    ignored_credential,
    marked_without_proxy,
    missing_client_certificate,
    mutual_without_peer,
    names_never_fit,
    no_way_by_hbone,
    passthrough_balancer,
    plaintext_to_strict,
    revisions_differ,
    strict_under_disable,
    strict_with_plaintext_pods,
    uncaptured_client,
    unmarked_sidecar,
)
from kubectl_mtls.rules.judgement import Check, judge
from kubectl_mtls.rules.view import View

_OF_PLACES = (
    (ignored_credential.RULE, ignored_credential.check),
    (plaintext_to_strict.RULE, plaintext_to_strict.check),
    (missing_client_certificate.RULE, missing_client_certificate.check),
    (foreign_tls.RULE, foreign_tls.check),
    (mutual_without_peer.RULE, mutual_without_peer.check),
    (names_never_fit.RULE, names_never_fit.check),
    (passthrough_balancer.RULE, passthrough_balancer.check),
)
OF_OBSTACLES: Mapping[Obstacle, Check] = {
    Obstacle.AUTO_MTLS_OFF: auto_mtls_off.check,
    Obstacle.PARENT_DISABLED: strict_under_disable.check,
    Obstacle.NAKED_NEIGHBOUR: strict_with_plaintext_pods.check,
    Obstacle.UNMARKED: unmarked_sidecar.check,
    Obstacle.MARKED: marked_without_proxy.check,
    Obstacle.EXCLUDED_PORT: excluded_port.check,
    Obstacle.DISABLED_BEHIND_HEADLESS: disabled_behind_headless.check,
    Obstacle.NO_IDENTITY: identity_nobody_has.check,
    Obstacle.TRUST_DOMAINS: revisions_differ.check,
    Obstacle.UNCAPTURED: uncaptured_client.check,
    Obstacle.ZTUNNEL: no_way_by_hbone.check,
    Obstacle.WAYPOINT: no_way_by_hbone.check,
    Obstacle.TO_ZTUNNEL: no_way_by_hbone.check,
}
"""Of the others no object is at fault for certain."""


@dataclass(frozen=True, kw_only=True)
class _Lone(View):
    """The same mesh, in which one connection is all that there is of traffic."""

    whole: View
    connection: Connection

    @cached_property
    def connections(self) -> Connections:
        return self.whole.connections

    @cached_property
    def resolver(self) -> TrafficResolver:
        return self.whole.resolver

    @cached_property
    def traffic(self) -> tuple[Traffic, ...]:
        client, found = self.connection.client, traffic_of(self.resolver, self.rows)
        return tuple(replace(one, callers=tuple(c for c in one.callers if client in c.classes)) for one in found)


class OfferedFixes:
    """The findings about failing connections of one mesh; those about rules are looked for once."""

    def __init__(self, view: View) -> None:
        self.view = view

    def of(self, connection: Connection) -> Finding | None:
        """The first finding that says why it fails; None where it works, or no object is at fault."""
        if place := failing_place(connection):
            return next(self._of_place(place), None)
        is_judged = failures_of(connection) and connection.way not in (Way.NO_PROXY, Way.UNKNOWN_HOST)
        return next(self._of_obstacles(connection), None) if is_judged else None

    @cached_property
    def _of_rules(self) -> tuple[Finding, ...]:
        return judge(self.view, _OF_PLACES).findings

    def _of_place(self, place: Place) -> Iterator[Finding]:
        ref, field = place.rule.metadata.ref, place.field
        return (one for one in self._of_rules if one.object == ref and f"{one.field}.".startswith(f"{field}."))

    def _of_obstacles(self, connection: Connection) -> Iterator[Finding]:
        view, source = self.view, connection.host.source
        key = (source.namespace, source.name, connection.port.number)
        rows = tuple(row for row in view.rows if row.key == key)
        lone = _Lone(view.snapshot, rows, view.now, view.namespaces, whole=view, connection=connection)
        for obstacle, check in OF_OBSTACLES.items():
            if lone.failures[obstacle]:
                yield from check(lone)
