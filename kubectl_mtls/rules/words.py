"""How a finding's sentence names things."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import islice

from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.posture.server.services import ServiceRow

_SHOWN = 3


def listed(names: Iterable[str]) -> str:
    """`a, b and c`; of more than three the first and a number: a sentence stays a sentence in a mesh of thousands."""
    every = list(dict.fromkeys(names))
    if len(every) > _SHOWN + 1:
        every = [*every[:_SHOWN], f"{len(every) - _SHOWN} more"]
    return " and ".join(part for part in (", ".join(every[:-1]), *every[-1:]) if part)


def ending(ends_at: datetime, now: datetime) -> str:
    """`ends in 12 days, on 2026-10-01 00:00 UTC`, or that it has ended."""
    day, left = f"{ends_at:%Y-%m-%d %H:%M} UTC", ends_at - now
    if left <= timedelta(0):
        return f"has ended on {day}"
    if left < timedelta(days=1):
        return f"ends within a day, on {day}"
    return f"ends in {counted(left.days, 'day')}, on {day}"


def service_ports(rows: Collection[ServiceRow], namespace: str) -> str:
    """`service/cart:80 and service/ledger:5432 -n bank`."""
    shown = _SHOWN if len(rows) > _SHOWN + 1 else len(rows)
    names = [_service_port(row, namespace) for row in islice(rows, shown)]
    return listed([*names, f"{len(rows) - shown} more"] if shown < len(rows) else names)


def _service_port(row: ServiceRow, namespace: str) -> str:
    where, _, port = row.key
    return f"{row.service.metadata.ref}:{port}" + ("" if where == namespace else f" -n {where}")


def mode_of(policy: PeerAuthentication) -> str:
    """What a policy says, ports included: `STRICT`, `UNSET, port 8080 DISABLE`."""
    ports = (f"port {port} {mode}" for port, mode in sorted(policy.port_modes.items()))
    return ", ".join((policy.mode, *ports))
