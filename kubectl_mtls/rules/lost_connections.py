"""What would files that are held against a cluster do to connections that come about today?

The same difference that `switch-mode` shows, as findings: one for each object of the files that does it, so that
pipelines see them at its line.
"""

from collections.abc import Iterable, Iterator, Sequence

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.host import covers
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.phrase import counted
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.clients import explain_command
from kubectl_mtls.posture.change.difference import Difference
from kubectl_mtls.posture.change.shift import Shift
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.rules import objection_connections_would_fail, objection_mutual_tls_lost
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.words import listed

CHANGE_RULES: tuple[Rule, ...] = (objection_connections_would_fail.RULE, objection_mutual_tls_lost.RULE)


def check_difference(difference: Difference, after: Outbound) -> Iterator[Finding]:
    """Connections that begin to fail, then those that are no mutual TLS any more."""
    hosts = {host.name: host for host in reversed(after.hosts)}
    fail, lose = CHANGE_RULES
    yield from _findings(fail, "would fail", difference.failing, hosts, after.snapshot)
    lost = [one for one in difference.shifts if _loses(one) and not one.starts_to_fail]
    yield from _findings(lose, "would no longer be mutual TLS", lost, hosts, after.snapshot)


def _loses(shift: Shift) -> bool:
    return shift.before.verdict is Verdict.MTLS and shift.after.verdict in (
        Verdict.PLAINTEXT,
        Verdict.TLS,
        Verdict.MIXED,
    )


def _findings(
    rule: Rule, would: str, shifts: Iterable[Shift], hosts: dict[str, Host], after: Snapshot
) -> Iterator[Finding]:
    by_object: dict[str, tuple[Metadata, list[Shift]]] = {}
    for one in shifts:
        blamed = _blamed(after, hosts[one.host])
        by_object.setdefault(blamed.ref.full, (blamed, []))[1].append(one)
    for blamed, found in by_object.values():
        connections = counted(sum(len(one.clients) for one in found), "connection")
        yield rule.finding(blamed, "", f"{connections} {would}: {listed(map(_words, found))}", _fix(blamed, found[0]))


def _fix(blamed: Metadata, shift: Shift) -> str:
    """What is not applied yet is changed where it is written; a cluster explains what decides without it."""
    today = f"what decides today: {explain_command(shift)}"
    is_written = isinstance(blamed.origin, FileOrigin)
    return f"change {blamed.ref} in {blamed.origin} before it is applied; {today}" if is_written else today


def _words(shift: Shift) -> str:
    why = f" ({shift.after.outcome.fault.value})" if shift.after.outcome.fault else ""
    return f"{listed(shift.client_names)} -> {shift.host}:{shift.port}{why}"


def _blamed(after: Snapshot, host: Host) -> Metadata:
    """The one rule or policy of the files that holds for a host, the rule first; else the host's own object."""
    rules = [rule.metadata for rule in after.destination_rules if covers(rule.full_host, host.name)]
    roots = {after.mesh_config(None).root_namespace, *(mesh.root_namespace for mesh in after.mesh_configs.values())}
    policies = [
        one.metadata for one in after.peer_authentications if one.metadata.namespace in {host.namespace, *roots}
    ]
    for candidates in (rules, policies):
        if len(written := _of_files(candidates)) == 1:
            return written[0]
    return host.source


def _of_files(found: Sequence[Metadata]) -> list[Metadata]:
    return [one for one in found if isinstance(one.origin, FileOrigin)]
