"""How a finding says whose connections an obstacle stops, where, and as what they see it."""

from collections.abc import Iterable, Sequence

from kubectl_mtls.model.phrase import counted
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.symptom import Symptom, resolve_symptom
from kubectl_mtls.posture.failure.obstacle import Failure
from kubectl_mtls.posture.server.services import ServiceRow


def rows_of(failures: Iterable[Failure]) -> tuple[ServiceRow, ...]:
    """The Service ports that are concerned, each once."""
    return tuple({one.traffic.row.key: one.traffic.row for one in failures}.values())


def clients(failures: Sequence[Failure]) -> str:
    """`3 client workloads get 503 UC`; over several Service ports the port with the most, as most clients see it."""
    by_port: dict[tuple[str, str, int], dict[int, int]] = {}
    for one in failures:
        by_port.setdefault(one.traffic.row.key, {})[id(one.callers)] = one.callers.workloads
    number = max(sum(workloads.values()) for workloads in by_port.values())
    verb = "gets" if number == 1 else "get"
    seen = min(failures, key=lambda one: (-one.callers.workloads, _fault(one)))
    return f"{counted(number, 'client workload')} {verb} {_symptom(seen).seen}"


def _symptom(failure: Failure) -> Symptom:
    connection, result = failure.connection, failure.result
    wire = result.wire if result else connection.wire
    return resolve_symptom(_fault(failure), wire, http=connection.port.protocol.is_http, proxied=True)


def _fault(failure: Failure) -> Fault:
    outcome = failure.result.outcome if failure.result else failure.connection.outcome
    return outcome.fault or Fault.BLOCKED
