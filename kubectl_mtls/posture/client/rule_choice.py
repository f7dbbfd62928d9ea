"""Which DestinationRule a client's proxy uses for a host, and which were passed over (2.2).

Source: pilot/pkg/model/push_context.go (destinationRule), pilot/pkg/model/sidecar.go (DestinationRule).
"""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.client.rule_index import MergedRule, RuleIndex, Rules


class Place(StrEnum):
    """Where the rules of a host were found; nothing further on is looked at."""

    CLIENT = "client's namespace"
    SERVICE = "service's namespace"
    ROOT = "root namespace"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Found:
    """The rules that hold for a host in a namespace, before workloads are told apart."""

    rules: Rules
    place: Place


NOTHING = Found((), Place.NOWHERE)


def find_rules(index: RuleIndex, namespace: str, host: Host) -> Found:
    """The client's own namespace first (for the root namespace only what is private there), then the service's, then
    the root namespace's. An own namespace whose rules select other workloads hides all the others (2.2).
    """
    root = index.settings.root_namespace
    shelf = index.root_local if namespace == root else index.local.get(namespace)
    own = shelf.find(host.name) if shelf else None
    if own is not None:
        return Found(own, Place.CLIENT)
    for owner, place in ((host.namespace, Place.SERVICE), (root, Place.ROOT)):
        rules = find_exported(index, owner, namespace, host.name)
        if rules:
            return Found(rules, place)
    return NOTHING


def find_exported(index: RuleIndex, owner: str, namespace: str, host: str) -> Rules:
    """The most specific host is taken first, and only then exportTo is asked."""
    shelf = index.exported.get(owner)
    rules = shelf.find(host) if shelf else None
    return tuple(rule for rule in rules or () if not rule.export_to or rule.export_to & {"*", namespace})


def choose_rule(rules: Rules, namespace: str, labels: Labels) -> MergedRule | None:
    """The first rule of the client's own namespace that selects the client, else the last one without selector."""
    without: MergedRule | None = None
    for rule in rules:
        wanted = rule.match_labels
        if wanted is None:
            without = rule
        elif rule.first.metadata.namespace == namespace and selects(wanted, labels):
            return rule
    return without
