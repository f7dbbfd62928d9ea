"""Which rules name a host and do not decide, and why not?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.destination_rule import DestinationRule, TrafficPolicy
from kubectl_mtls.model.host import covers
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.rule_choice import Place
from kubectl_mtls.posture.client.rule_index import Rules, exported, is_private
from kubectl_mtls.posture.connection.connection import Connection


class Why(StrEnum):
    """Why a rule that names the host does not decide."""

    CLIENT_FIRST = "a rule of the client's own namespace comes first"
    SERVICE_FIRST = "a rule of the service's namespace comes first"
    NOT_EXPORTED = "it is not exported to the client's namespace"
    OTHER_WORKLOADS = "its workloadSelector does not select the client"
    SELECTOR_FIRST = "a rule that selects the client comes first"
    LESS_SPECIFIC = "a rule for a more specific host comes first"
    YOUNGER = "an older rule for the same host has a trafficPolicy"
    NOT_LAST = "rules for the same host with another exportTo are not merged, and the last one counts"
    SWALLOWED = "it is merged into an older rule that has a workloadSelector, and is gone for other workloads"
    ELSEWHERE = "it is in none of the namespaces that are looked at"
    PORT_ENTRY = "the port has an entry of its own, which inherits nothing"
    NEARER = "a nearer block decides"
    OWN_FILES = "the proxy presents files of its own"
    PRIVATE_SCOPE = "namespaces whose rules select other workloads hide all further ones"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """One object and field that lost. `why` completes "passed over: "; `value` is what it says."""

    object: Metadata
    field: str
    value: str
    why: str


def rules_naming(rules: Sequence[DestinationRule], host: str) -> list[DestinationRule]:
    """The rules whose host is, or covers, this one."""
    return [rule for rule in rules if covers(rule.full_host, host)]


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
    if not _is_exported(rule, client):
        return Why.NOT_EXPORTED
    if found.place is Place.CLIENT and (namespace != own or own == root):
        return Why.CLIENT_FIRST if connection.chosen.rule else Why.PRIVATE_SCOPE
    if found.place is Place.SERVICE and namespace != host.namespace:
        return Why.SERVICE_FIRST
    chosen = connection.chosen.rule
    if chosen is not None and chosen.match_labels is not None and rule.match_labels is None:
        return Why.SELECTOR_FIRST
    return _among(rule, found.rules) or Why.LESS_SPECIFIC


def _among(rule: DestinationRule, entries: Rules) -> Why | None:
    """Why a rule for the host that counts does not decide; None for another host (2.1 step 6, 2.2)."""
    holding = [entry for entry in entries if any(one is rule for one in entry.rules)]
    if any(entry.match_labels is None for entry in holding):
        return Why.NOT_LAST
    if holding and rule.match_labels is None:
        return Why.SWALLOWED
    return Why.YOUNGER if holding else None


def _is_exported(rule: DestinationRule, client: ClientClass) -> bool:
    export_to, own = exported(rule), client.namespace
    if rule.metadata.namespace == own:
        return not export_to or bool(export_to & {"*", ".", own})
    return not is_private(rule, client.settings) and (not export_to or bool(export_to & {"*", own}))
