"""What clients are told to send to a server whose mode changes, as far as it can be seen without resolving them."""

from collections.abc import Iterable

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.host import covers, service_host
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.callers import blind_gap, listed
from kubectl_mtls.plan.effect import RowChange, RowDoubt, ServiceEffect
from kubectl_mtls.plan.objection import CLIENTS_NOT_RESOLVED
from kubectl_mtls.posture.server import mesh_config_gap


def object_to_clients(snapshot: Snapshot, effect: ServiceEffect) -> tuple[Objection, ...]:
    """One objection when a changed server has clients that do not decide by auto mTLS alone.

    A server of which nobody can tell what it accepts counts as changed. One that only goes from
    STRICT to PERMISSIVE is left out: what got through still does.
    """
    changed = [change for change in effect.everything if not change.only_relaxes]
    concerned: list[RowChange | RowDoubt] = [*changed, *effect.unknown]
    gap = blind_gap(snapshot)
    sentences = (
        [f"servers and clients could not all be seen: {gap.detail}"]
        if gap and (not concerned or gap.kind == SERVICE)
        else []
    )
    if concerned:
        sentences += [*_rules(snapshot, concerned), *_without_auto_mtls(snapshot)]
    return (CLIENTS_NOT_RESOLVED.objection("; ".join(sentences)),) if sentences else ()


def _rules(snapshot: Snapshot, concerned: Iterable[RowChange | RowDoubt]) -> list[str]:
    gap = next((gap for gap in snapshot.gaps if gap.kind in (DESTINATION_RULE, None)), None)
    if gap:
        return [f"the rules of clients could not be read: {gap.detail}"]
    hosts = [service_host(change.name, change.namespace) for change in concerned if change.port]
    wide = any(not change.port for change in concerned)
    found = [rule for rule in snapshot.destination_rules if rule.tls and _concerns(rule, hosts, wide)]
    named = listed([rule.metadata.ref.full for rule in found])
    return [f"what clients send is set by {named}, which is not resolved yet"] if found else []


def _concerns(rule: DestinationRule, hosts: Iterable[str], wide: bool) -> bool:
    return any(covers(rule.full_host, host) for host in hosts) or (wide and rule.full_host == "*")


def _without_auto_mtls(snapshot: Snapshot) -> list[str]:
    off = sorted(revision for revision, mesh in snapshot.mesh_configs.items() if not mesh.auto_mtls)
    if off:
        return [f"auto mTLS is off ({', '.join(off)}): clients without a rule of their own send plaintext"]
    gap = None if snapshot.mesh_configs else mesh_config_gap(snapshot)
    return [f"whether auto mTLS is on cannot be told: {gap.detail}"] if gap else []
