"""What mends each of the connections that `explain` shows, and what would that change beside?"""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.mending import Mending, find_opening
from kubectl_mtls.posture.connection.explanation import Explained
from kubectl_mtls.posture.failure.rule_failures import failing_place, failure_of
from kubectl_mtls.posture.server.services import resolve_services
from kubectl_mtls.render.remedy_words import Remedy
from kubectl_mtls.rules.offered_fix import OfferedFixes
from kubectl_mtls.rules.view import View


def resolve_remedies(
    snapshot: Snapshot, found: Sequence[Explained], now: datetime, namespaces: Sequence[str] | None
) -> list[Remedy]:
    """One for each connection; where none fails, nothing is worked out."""
    if not any(one.symptom for one in found):
        return [Remedy()] * len(found)
    view = View(snapshot, resolve_services(snapshot), now, None if namespaces is None else frozenset(namespaces))
    offered, mending = OfferedFixes(view), Mending(snapshot)
    return [_remedy(one, view, offered, mending) for one in found]


def _remedy(explained: Explained, view: View, offered: OfferedFixes, mending: Mending) -> Remedy:
    connection = explained.connection
    if place := failing_place(connection):
        failure = failure_of(view.rule_failures, connection, place)
        return Remedy(offered.of(connection), None, mending.by_rule(explained, failure) if failure else None)
    if opening := find_opening(explained):
        return Remedy(None, opening, mending.by_opening(explained, opening))
    return Remedy(offered.of(connection))
