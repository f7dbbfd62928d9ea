"""What speaks against a change where clients have a proxy: what would fail, lose its identity, or cannot be told."""

from collections.abc import Iterable, Iterator

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.kind import SERVICE
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.callers import blind_gap
from kubectl_mtls.plan.objection import CONNECTIONS_NOT_KNOWN, CONNECTIONS_WOULD_FAIL, IDENTITY_LOST, listed
from kubectl_mtls.posture.change.difference import Difference
from kubectl_mtls.posture.change.identity_policies import identity_policies
from kubectl_mtls.posture.change.shift import Shift
from kubectl_mtls.posture.connection.verdict import Verdict

_WITHOUT_IDENTITY = (Verdict.PLAINTEXT, Verdict.TLS)


def object_to_clients(
    snapshot: Snapshot, difference: Difference, *, only_relaxes: bool = False, seen: frozenset[str] | None = None
) -> tuple[Objection, ...]:
    """One objection of each kind, for all connections.

    `only_relaxes`: what gets through today does so afterwards, whoever calls. `seen`: namespaces whose pods were read,
    None for all.
    """
    return (
        *_would_fail(difference.failing),
        *_lose_identity(snapshot, difference.shifts),
        *_not_known(snapshot, difference, only_relaxes=only_relaxes, seen=seen),
    )


def _would_fail(failing: tuple[Shift, ...]) -> Iterator[Objection]:
    if failing:
        count = sum(len(one.clients) for one in failing)
        would = "1 connection would fail" if count == 1 else f"{count} connections would fail"
        words = listed([f"{_ends(one)} ({one.after.outcome.fault or 'at some endpoints'})" for one in failing])
        yield CONNECTIONS_WOULD_FAIL.objection(f"{would}: {words}", f"what decides: {explain_command(failing[0])}")


def _lose_identity(snapshot: Snapshot, shifts: Iterable[Shift]) -> Iterator[Objection]:
    """P28: what asks who the client is gets no answer any more. What certainly fails is said there already."""
    lost = [one for one in shifts if one.before.verdict is Verdict.MTLS and one.after.verdict in _WITHOUT_IDENTITY]
    policies = identity_policies(snapshot, {one.host for one in lost})
    if policies:
        named = listed([policy.metadata.ref.full for policy in policies])
        yield IDENTITY_LOST.objection(
            f"without mutual TLS callers have no identity, and these look at it: {named}",
            "for each of them, say by something else who may call, or leave its servers out",
        )


def _not_known(
    snapshot: Snapshot, difference: Difference, *, only_relaxes: bool, seen: frozenset[str] | None
) -> Iterator[Objection]:
    sentences = list(_doubts(difference.uncertain))
    gap = blind_gap(snapshot)
    if gap and (gap.kind == SERVICE or not only_relaxes):
        sentences.append(f"servers and clients could not all be seen: {gap.detail}")
    elif seen is not None and not only_relaxes:
        sentences.append(f"clients with a proxy were looked for in namespace {', '.join(sorted(seen))} only")
    if sentences:
        yield CONNECTIONS_NOT_KNOWN.objection("; ".join(sentences))


def _doubts(uncertain: tuple[Shift, ...]) -> Iterator[str]:
    if uncertain:
        count = sum(len(one.clients) for one in uncertain)
        may = "1 connection may change" if count == 1 else f"{count} connections may change"
        yield f"{may}: {listed([f'{_ends(one)} ({_why(one)})' for one in uncertain])}"


def _why(shift: Shift) -> str:
    gap = shift.after.gap or shift.before.gap
    reason = shift.after.outcome.unknown or shift.before.outcome.unknown
    return gap.detail if gap else str(reason)


def _ends(shift: Shift) -> str:
    names = shift.client_names
    first = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return f"{first} -> {shift.host}:{shift.port}{f' subset {shift.subset}' if shift.subset else ''}"


def explain_command(shift: Shift) -> str:
    """What shows the decisions behind a connection that changes, of the first of its clients."""
    namespace, kind, name = shift.clients[0]
    return f"kubectl mtls explain {kind.lower()}/{name} {shift.host}:{shift.port} -n {namespace}"
