"""Which finding is about one connection that FAILS? Its fix is what `explain` offers: one logic, in one place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.blame import Place, deciding_place, failures_of
from kubectl_mtls.posture.connection import Connection
from kubectl_mtls.posture.connections import Connections
from kubectl_mtls.posture.obstacle import Failure, Obstacle
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
    """The same mesh, in which nothing fails but one connection."""

    whole: View
    connection: Connection

    @cached_property
    def connections(self) -> Connections:
        return self.whole.connections

    @cached_property
    def failures(self) -> Mapping[Obstacle, tuple[Failure, ...]]:
        found = self.whole.failures
        return {obstacle: tuple(filter(self._is_meant, found[obstacle])) for obstacle in Obstacle}

    def _is_meant(self, failure: Failure) -> bool:
        row_is = failure.traffic.row.key == _row_key(self.connection)
        return row_is and self.connection.client in failure.callers.classes


class OfferedFixes:
    """The findings about failing connections of one mesh; those about rules are looked for once."""

    def __init__(self, view: View) -> None:
        self.view = view

    def of(self, connection: Connection) -> Finding | None:
        """The first finding that says why it fails; None where it works, or no object is at fault."""
        if not failures_of(connection):
            return None
        place = deciding_place(connection.cluster) if connection.cluster else None
        found = self._of_obstacles(connection) if place is None else self._of_place(place)
        return next(found, None)

    @cached_property
    def _of_rules(self) -> tuple[Finding, ...]:
        return judge(self.view, _OF_PLACES).findings

    def _of_place(self, place: Place) -> Iterator[Finding]:
        ref, field = place.rule.metadata.ref, place.field
        return (one for one in self._of_rules if one.object == ref and f"{one.field}.".startswith(f"{field}."))

    def _of_obstacles(self, connection: Connection) -> Iterator[Finding]:
        view = self.view
        rows = tuple(row for row in view.rows if row.key == _row_key(connection))
        lone = _Lone(view.snapshot, rows, view.now, view.namespaces, whole=view, connection=connection)
        for obstacle, check in OF_OBSTACLES.items():
            if lone.failures[obstacle]:
                yield from check(lone)


def _row_key(connection: Connection) -> tuple[str, str, int]:
    source = connection.host.source
    return (source.namespace, source.name, connection.port.number)
