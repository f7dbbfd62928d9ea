"""The smallest change that mends a failing connection: a command that can be pasted, or advice."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.plan.mending import Consequence, Opening
from kubectl_mtls.posture.connection.connection import Connection, Way
from kubectl_mtls.posture.connection.explanation import Explained
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.rules.remedy import switch_mode


@dataclass(frozen=True, slots=True)
class Remedy:
    """The finding whose fix mends a connection, or the policy that would have to let it in; and what follows."""

    finding: Finding | None = None
    opening: Opening | None = None
    consequence: Consequence | None = None


def remedy_words(explained: Explained, remedy: Remedy) -> str:
    """Empty where the connection works, or where nobody can tell what was meant."""
    if remedy.finding is not None and remedy.finding.fix:
        return remedy.finding.fix
    if remedy.opening is not None:
        policy, port = remedy.opening.policy, remedy.opening.port
        return f"give the client a proxy, or let plaintext in: {switch_mode(policy, ServerMode.PERMISSIVE, port)}"
    return _advice(explained.connection)


def _advice(connection: Connection) -> str:
    match connection.outcome.fault:
        case Fault.PLAINTEXT_REFUSED if connection.way is Way.UNKNOWN_HOST:
            return "import the host: add it to spec.egress of the Sidecar, or export the Service to this namespace"
        case Fault.PLAINTEXT_REFUSED if connection.way is Way.CLUSTER:
            return "a DestinationRule for this host with trafficPolicy.tls.mode ISTIO_MUTUAL"
        case Fault.IDENTITY_REQUIRED if connection.way is Way.NO_PROXY:
            return f"give the client a proxy, or let callers without identity pass {_demanding(connection)}"
        case Fault.NOTHING_LISTENS:
            return "add a server for this port to a Gateway that selects these pods"
        case Fault.BLOCKED:
            return "a ServiceEntry for the host, or import it in the Sidecar"
        case _:
            return ""


def _demanding(connection: Connection) -> str:
    refusals = (one.refusal for one in connection.results if one.refusal)
    return next(one.policy.metadata.ref.full for one in refusals)


def beside_words(remedy: Remedy, *, everywhere: bool) -> str:
    """Which finding it is, and what its fix changes beside; `everywhere` says that the clients of all namespaces were
    read.
    """
    parts = list(_beside(remedy, everywhere=everywhere))
    return f"({'; '.join(parts)})" if parts else ""


def _beside(remedy: Remedy, *, everywhere: bool) -> Iterator[str]:
    if remedy.finding is not None:
        yield remedy.finding.code
    if remedy.consequence is not None:
        yield _consequence_words(remedy.consequence, everywhere=everywhere)


def _consequence_words(consequence: Consequence, *, everywhere: bool) -> str:
    others = f"{consequence.others} other connection{'' if consequence.others == 1 else 's'} change"
    opened = f"; {counted(consequence.opened, 'other port')} would take plaintext" if consequence.opened else ""
    where = "" if everywhere else " in the namespaces that were read"
    fails = (f", of which {consequence.failing} would fail" if consequence.failing else "") + opened
    match consequence.mends:
        case True:
            return f"makes this and {others}{where}{fails}"
        case False:
            return f"this one goes on failing, {others}{where}{fails}"
        case None:
            return f"nothing is routed to this subset; {others}{where}{fails}"
