"""What a change does to connections, for people: what stays, what changes, how failures look."""

from collections import Counter
from collections.abc import Iterator, Sequence

from kubectl_mtls.model.phrase import counted, first_of
from kubectl_mtls.posture.change.difference import Difference
from kubectl_mtls.posture.change.shift import Shift
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.render.symptom_words import symptom_parts
from kubectl_mtls.render.text import escape

_MOST = 20
_NAMED = 3


def difference_lines(found: Difference) -> Iterator[str]:
    """One line that counts; then the connections that begin to fail, those that are mended, and the others by kind."""
    yield _summary(found)
    named = [one for one in found.shifts if one.starts_to_fail or one.is_mended]
    named.sort(key=lambda one: (one.is_mended, one.host, one.port))
    for one in named[:_MOST]:
        yield from _shift_lines(one)
    if (more := len(named) - _MOST) > 0:
        yield f"and {more} more"
    yield from _other_lines([one for one in found.shifts if not one.starts_to_fail and not one.is_mended])
    yield from _plain_lines(found.plain)


def _other_lines(shifts: Sequence[Shift]) -> Iterator[str]:
    kinds = Counter((one.before.verdict, one.after.verdict) for one in shifts for _ in one.clients)
    for (before, after), count in kinds.most_common():
        alike = [one for one in shifts if (one.before.verdict, one.after.verdict) == (before, after)]
        clients = len({client for one in alike for client in one.clients})
        ports = list(dict.fromkeys(f"{one.host}:{one.port}" for one in alike))
        to = escape(ports[0]) if len(ports) == 1 else f"{len(ports)} ports"
        are = f"that {'is' if count == 1 else 'are'} {before} now"
        yield f"{after:9}  {counted(count, 'connection')} {are}: {counted(clients, 'client')} to {to}"


def _plain_lines(plain: Sequence[Shift]) -> Iterator[str]:
    closing, opening = (sum(one.starts_to_fail for one in plain), sum(one.is_mended for one in plain))
    for count, would, does in ((closing, "refuse", "take"), (opening, "take", "refuse")):
        if count:
            now = f"{does}s" if count == 1 else does
            yield f"without a proxy: {counted(count, 'service port')} would {would} plaintext that {now} it now"


def _summary(found: Difference) -> str:
    if not found.clients:
        return "no client workload has a proxy"
    clients = f"{counted(found.clients, 'client workload')} with a proxy"
    if not found.total:
        return f"{clients}: no connection is touched"
    words = [f"{count} {'stays' if count == 1 else 'stay'} {verdict}" for verdict, count in found.stays]
    becomes = Counter(_becomes(one) for one in found.shifts for _ in one.clients)
    words += [f"{count} {word}" for word, count in becomes.most_common()]
    return f"{clients}, {counted(found.total, 'connection')}: {', '.join(words)}"


def _becomes(shift: Shift) -> str:
    before, after = shift.before.verdict.value, shift.after.verdict.value
    return f"{before} -> {after}" if before != after else f"{before} at other endpoints"


def _shift_lines(shift: Shift) -> Iterator[str]:
    subset = f" subset {shift.subset}" if shift.subset else ""
    yield f"{_mark(shift):9}  {_clients(shift)} -> {escape(f'{shift.host}:{shift.port}{subset}')}, {_history(shift)}"
    after = shift.after
    if shift.starts_to_fail:
        yield f"{'':9}  {after.outcome.fault or f'fails at {after.failing} of {after.total} endpoints'}"
        for part in symptom_parts(after.symptom) if after.symptom else ():
            yield f"{'':9}  {escape(part)}"


def _mark(shift: Shift) -> str:
    return Verdict.FAILS.value if shift.starts_to_fail else shift.after.verdict.value


def _history(shift: Shift) -> str:
    before = shift.before
    if shift.is_mended:
        return f"failed: {before.outcome.fault or f'at {before.failing} of {before.total} endpoints'}"
    return f"was {before.verdict}"


def _clients(shift: Shift) -> str:
    return escape(first_of(shift.client_names, _NAMED))
