"""What decided a connection, and what was passed over: the objects and fields, in the order of the decisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule, TrafficPolicy
from kubectl_mtls.model.host import covers, is_wildcard
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.accepts import Effective
from kubectl_mtls.posture.auto_mtls import GateAnswer
from kubectl_mtls.posture.cluster import Cluster
from kubectl_mtls.posture.connection import Connection, Way
from kubectl_mtls.posture.rule_choice import Place
from kubectl_mtls.posture.rule_index import MergedRule, exported, is_private
from kubectl_mtls.posture.visibility import Scope


class Side(StrEnum):
    """Whose decision it is."""

    CLIENT = "client"
    SERVER = "server"


class Why(StrEnum):
    """Why a rule that names the host does not decide."""

    CLIENT_FIRST = "a rule of the client's own namespace comes first"
    SERVICE_FIRST = "a rule of the service's namespace comes first"
    NOT_EXPORTED = "it is not exported to the client's namespace"
    OTHER_WORKLOADS = "its workloadSelector does not select the client"
    SELECTOR_FIRST = "a rule that selects the client comes first"
    LESS_SPECIFIC = "a rule for a more specific host comes first"
    YOUNGER = "an older rule for the same host has a trafficPolicy"
    ELSEWHERE = "it is in none of the namespaces that are looked at"
    PORT_ENTRY = "the port has an entry of its own, which inherits nothing"
    NEARER = "a nearer block decides"
    PRIVATE_SCOPE = "namespaces whose rules select other workloads hide all further ones"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One object and field that lost. `why` completes "passed over: "; `value` is what it says."""

    object: Metadata
    field: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `object` None means that a default decided; `value` is the word it came to."""

    side: Side
    object: Metadata | None
    field: str
    value: str
    overruled: tuple[PassedOver, ...] = ()


def resolve_evidence(connection: Connection, rules: Sequence[DestinationRule], scope: Scope | None) -> list[Decision]:
    """Every decision behind a connection, the client's first. `rules` are those that name the host."""
    found: list[Decision] = []
    cluster = connection.cluster
    if connection.waypoint is not None:
        leads = connection.waypoint
        found.append(Decision(Side.CLIENT, leads.bound_by, "metadata.labels", f"waypoint {leads.name}"))
    elif cluster is not None:
        found.append(_of_client(cluster, passed_over(connection, rules)))
    elif connection.way is Way.UNKNOWN_HOST and scope is not None and scope.sidecar is not None:
        found.append(Decision(Side.CLIENT, scope.sidecar.metadata, "spec.egress", "host not imported"))
    gateways = {gateway for one in connection.results if one.sent for gateway in one.sent.via}
    found += [Decision(Side.CLIENT, None, "", f"network {one.network} by {one.shown}") for one in sorted(gateways)]
    found += _of_servers(connection)
    return found


def rules_naming(rules: Sequence[DestinationRule], host: str) -> list[DestinationRule]:
    """The rules whose host is, or covers, this one."""
    return [rule for rule in rules if covers(rule.full_host, host)]


def _of_client(cluster: Cluster, lost: tuple[PassedOver, ...]) -> Decision:
    rule, policy = cluster.rule, cluster.policy
    if rule is not None and policy.tls is not None:
        owner = _owner(rule, policy.tls)
        value = f"{policy.tls.mode.value} ({cluster.dropped})" if cluster.dropped else policy.tls.mode.value
        hidden = _hidden(owner, policy.hidden, Why.NEARER)
        field = policy.field if owner.made_of else f"{policy.field}.mode"
        return Decision(Side.CLIENT, owner.metadata, field, value, (*hidden, *lost))
    if rule is not None and policy.hidden is not None:
        lost = (*_hidden(_owner(rule, policy.hidden), policy.hidden, Why.PORT_ENTRY), *lost)
    return _of_gate(cluster.gate, lost)


def _of_gate(gate: GateAnswer | None, lost: tuple[PassedOver, ...]) -> Decision:
    if gate is None:
        return Decision(Side.CLIENT, None, "", "", lost)
    if gate.policy is not None:
        return Decision(Side.CLIENT, gate.policy.metadata, gate.policy.field_of(None), gate.gate.value, lost)
    if gate.endpoint is not None and gate.endpoint.pod is not None:
        return Decision(Side.CLIENT, gate.endpoint.pod.metadata, "metadata.labels", gate.gate.value, lost)
    return Decision(Side.CLIENT, None, "", gate.gate.value, lost)


def _hidden(owner: DestinationRule, block: ClientTLS | None, why: Why) -> tuple[PassedOver, ...]:
    return () if block is None else (PassedOver(owner.metadata, f"{block.field}.mode", block.mode.value, why.value),)


def _owner(rule: MergedRule, tls: ClientTLS) -> DestinationRule:
    """The rule that a block stands in."""
    return next((one for one in rule.rules if any(block is tls for block in one.tls)), rule.first)


def passed_over(connection: Connection, rules: Sequence[DestinationRule]) -> tuple[PassedOver, ...]:
    """The rules that name the host and are not the one that was chosen, each with the reason."""
    chosen = connection.chosen.rule
    used = () if chosen is None else chosen.rules
    lost = [one for one in rules if not any(one is rule for rule in used)]
    younger = [one for one in used if chosen and one.policy is not None and one is not chosen.policy_rule]
    return tuple(
        PassedOver(one.metadata, *_says(one.policy), why.value)
        for one, why in (
            *((one, _reason(connection, one)) for one in lost),
            *((one, Why.YOUNGER) for one in younger),
        )
    )


def _says(policy: TrafficPolicy | None) -> tuple[str, str]:
    if policy is None or policy.tls is None:
        return "spec.trafficPolicy", "no tls"
    return f"{policy.tls.field}.mode", policy.tls.mode.value


def _reason(connection: Connection, rule: DestinationRule) -> Why:
    client, found = connection.client, connection.chosen.found
    own, host = client.namespace, connection.cluster.host if connection.cluster else connection.host
    namespace, root = rule.metadata.namespace, client.settings.root_namespace
    if rule.match_labels is not None and (namespace != own or not selects(rule.match_labels, client.label_map)):
        return Why.OTHER_WORKLOADS
    if namespace not in (own, host.namespace, root):
        return Why.ELSEWHERE
    if namespace != own and (is_private(rule, client.settings) or not _is_exported(rule, own)):
        return Why.NOT_EXPORTED
    if found.place is Place.CLIENT and (namespace != own or own == root):
        return Why.CLIENT_FIRST if connection.chosen.rule else Why.PRIVATE_SCOPE
    if found.place is Place.SERVICE and namespace != host.namespace:
        return Why.SERVICE_FIRST
    chosen = connection.chosen.rule
    if chosen is not None and chosen.match_labels is not None and rule.match_labels is None:
        return Why.SELECTOR_FIRST
    if is_wildcard(rule.host) or (chosen and chosen.first.full_host != rule.full_host):
        return Why.LESS_SPECIFIC
    return Why.YOUNGER


def _is_exported(rule: DestinationRule, namespace: str) -> bool:
    export_to = exported(rule)
    return not export_to or bool(export_to & {"*", namespace})


def _of_servers(connection: Connection) -> Iterator[Decision]:
    seen: dict[int, Effective] = {}
    for result in connection.results:
        if isinstance(result.accepts, Effective):
            seen.setdefault(id(result.accepts), result.accepts)
        if result.refusal is not None:
            refusal = result.refusal
            yield Decision(Side.SERVER, refusal.policy.metadata, refusal.field, refusal.policy.action.value)
    unique: Mapping[object, Effective] = {_identity(one): one for one in seen.values()}
    for accepts in unique.values():
        lost = tuple(
            PassedOver(one.policy.metadata, one.field, one.mode.value, one.why.value) for one in accepts.overruled
        )
        decider = accepts.decided_by.metadata if accepts.decided_by else None
        yield Decision(Side.SERVER, decider, accepts.field, accepts.mode.value, lost)


def _identity(accepts: Effective) -> tuple[object, ...]:
    return (accepts.decided_by.metadata.ref if accepts.decided_by else None, accepts.field, accepts.mode)
