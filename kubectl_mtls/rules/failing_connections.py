"""How does a finding say which connections FAIL by a DestinationRule, how many clients see it, and as what?"""

from collections.abc import Iterable, Iterator

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.fault import Fault
from kubectl_mtls.posture.connection.symptom import Symptom, resolve_symptom
from kubectl_mtls.posture.failure.blame import Cause, failing_results
from kubectl_mtls.posture.failure.rule_failures import RuleFailure
from kubectl_mtls.rules.remedy import edit
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

_UNLIKE = "no mode fits all endpoints: give every one of them a proxy, or none"


def failures(view: View, *causes: Cause) -> Iterator[RuleFailure]:
    """Those of these causes."""
    return (one for one in view.rule_failures if one.cause in causes)


def finding(rule: Rule, failure: RuleFailure, says: str, what: str) -> Finding:
    """`says` is what the rule's place says, `what` completes "it ..."."""
    metadata, field = failure.place.rule.metadata, failure.place.field
    if not failure.place.rule.made_of:
        field += ".mode" if failure.place.block else ".loadBalancer.simple"
    message = (
        f"{metadata.ref} says {says} towards {servers(failure.connections, metadata.namespace)}: it {what}, "
        f"and {clients(failure)}"
    )
    fix = edit(metadata, failure.edit) if failure.edit else _UNLIKE
    return rule.finding(metadata, field, message, fix)


def servers(connections: Iterable[Connection], namespace: str) -> str:
    """`service/ledger:5432 and api.example:443`, each once, subsets named."""
    return listed(_server(one, namespace) for one in connections)


def _server(connection: Connection, namespace: str) -> str:
    host = connection.cluster.host if connection.cluster else connection.host
    name = str(host.source.ref) if host.kubernetes else host.name
    subset = f" subset {connection.subset}" if connection.subset else ""
    elsewhere = f" -n {host.namespace}" if host.kubernetes and host.namespace != namespace else ""
    return f"{name}:{connection.port.number}{subset}{elsewhere}"


def clients(failure: RuleFailure) -> str:
    """`1 client gets 503 UC`; of a part of the endpoints `at 1 of 2 endpoints`."""
    one = failure.connections[0]
    failing, total = failing_results(one), len(one.results)
    part = f" at {len(failing)} of {total} endpoints" if 0 < len(failing) < total else ""
    verb = "gets" if failure.clients == 1 else "get"
    return f"{counted(failure.clients, 'client')} {verb} {_symptom(one).seen}{part}"


def _symptom(connection: Connection) -> Symptom:
    fault, wire = fault_of(connection), connection.wire
    failing = failing_results(connection)
    return resolve_symptom(
        fault, failing[0].wire if failing else wire, http=connection.port.protocol.is_http, proxied=True
    )


def fault_of(connection: Connection) -> Fault:
    """The first way in which it fails; of a connection that fails there is one."""
    faults = [one.outcome.fault for one in failing_results(connection)] or [connection.outcome.fault]
    return next((one for one in faults if one is not None), Fault.BLOCKED)
