"""The words for connections that blocks and tables of `explain` share."""

from collections import Counter
from collections.abc import Iterable

from kubectl_mtls.model.phrase import first_of
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.explanation import Explained, Group, doubt_of
from kubectl_mtls.posture.connection.fault import UnknownBy
from kubectl_mtls.posture.connection.verdict import Outcome
from kubectl_mtls.posture.server.services import mode_word
from kubectl_mtls.render.words import counted_modes, doubt_words

_NAMED = 3


def is_spread(found: Iterable[Explained]) -> bool:
    """Whether the clients are of several namespaces, so that names alone do not say which."""
    return len({one.group.client.namespace for one in found}) > 1


def group_words(group: Group, *, spread: bool = False) -> str:
    """The client as people call it: its workloads, as NAME.NAMESPACE where clients are `spread`."""
    if not group.pods:
        return "outside"
    own = f".{group.client.namespace}" if spread else ""
    names = [f"{name}{own}" for name in sorted({pod.workload.name for pod in group.pods})]
    return first_of(names, _NAMED)


def outcome_words(connection: Connection) -> str:
    """Why it is so; empty where the verdict says all."""
    if connection.gap is not None:
        return f"not readable: {connection.gap.detail}"
    doubt = doubt_of(connection)
    if connection.outcome.unknown is UnknownBy.SERVER and doubt is not None:
        return doubt_words(doubt)
    return reason_words(connection.outcome)


def reason_words(outcome: Outcome) -> str:
    """Why one endpoint's outcome is so."""
    if outcome.unknown is not None:
        return outcome.unknown.value
    if outcome.fault is not None:
        return outcome.fault.value
    return f"provided that {outcome.proviso.value}" if outcome.proviso else ""


def server_words(connection: Connection) -> str:
    """What the endpoints accept."""
    return counted_modes(Counter(mode_word(result.accepts) for result in connection.results))
