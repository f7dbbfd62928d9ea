"""Which DestinationRules there are for a host, merged as istiod merges them (2.1).

Source: pilot/pkg/model/push_context.go (setDestinationRules), pilot/pkg/model/destination_rule.go.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kubectl_mtls.model.destination_rule import DestinationRule, Subset, TrafficPolicy
from kubectl_mtls.model.host import is_wildcard, most_specific
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.posture.client.rule_overlay import overlay
from kubectl_mtls.posture.client.settings import Settings


@dataclass(frozen=True, slots=True)
class OwnedSubset:
    """A subset and the rule that it came from."""

    subset: Subset
    rule: DestinationRule


@dataclass(frozen=True, slots=True, eq=False)
class MergedRule:
    """Rules for one host as one. `rules` are in the order of merging; the first gives selector and exportTo.

    `policy` is the first trafficPolicy there is, whole, of `policy_rule`, filled up from a BackendTLSPolicy where there
    is one; `subsets` are those of all, by first name. Rules of equal `effect` make equal clusters.
    """

    rules: tuple[DestinationRule, ...]
    export_to: frozenset[str]
    policy: TrafficPolicy | None
    policy_rule: DestinationRule | None
    subsets: tuple[OwnedSubset, ...]
    effect: str = ""

    @property
    def first(self) -> DestinationRule:
        """The rule that others were merged into."""
        return self.rules[0]

    @property
    def match_labels(self) -> Labels | None:
        """The workloadSelector; None when there is none."""
        return self.first.match_labels

    def subset(self, name: str) -> OwnedSubset | None:
        """The subset of that name."""
        return next((one for one in self.subsets if one.subset.name == name), None)


Rules = tuple[MergedRule, ...]


@dataclass(slots=True)
class Shelf:
    """The merged rules of one namespace by host: exact names and patterns."""

    exact: dict[str, Rules] = field(default_factory=dict)
    wildcards: dict[str, Rules] = field(default_factory=dict)

    def add(self, rule: DestinationRule, export_to: frozenset[str], by_export: bool) -> None:
        """Merge one more rule; rules come in istiod's order."""
        host = rule.full_host
        shelf = self.wildcards if is_wildcard(host) else self.exact
        shelf[host] = merge(shelf.get(host, ()), rule, export_to, by_export)

    def find(self, host: str) -> Rules | None:
        """The rules of the most specific host."""
        return most_specific(host, self.exact, self.wildcards)


class RuleIndex:
    """All rules of a mesh as one control plane sees them: those that a namespace has for itself, and exported ones."""

    def __init__(self, rules: Iterable[DestinationRule], settings: Settings) -> None:
        self.settings = settings
        self.local: dict[str, Shelf] = defaultdict(Shelf)
        self.exported: dict[str, Shelf] = defaultdict(Shelf)
        self.root_local = Shelf()
        for rule in sorted(rules, key=lambda rule: (rule.match_labels is None, rule.metadata.age_order)):
            self._add(rule if settings.fills_up_rules else replace(rule, made_of=()))

    def _add(self, rule: DestinationRule) -> None:
        namespace, by_export = rule.metadata.namespace, self.settings.merges_by_export
        export_to = exported(rule)
        if not export_to or export_to & {"*", ".", namespace}:
            self.local[namespace].add(rule, export_to, by_export)
        if not is_private(rule, self.settings):
            self.exported[namespace].add(rule, export_to, by_export)
        elif namespace == self.settings.root_namespace:
            self.root_local.add(rule, export_to, by_export)


def exported(rule: DestinationRule) -> frozenset[str]:
    """The exportTo that counts: a rule with a selector stays in its namespace, whatever it says."""
    return frozenset({"."}) if rule.match_labels is not None else frozenset(rule.export_to)


def is_private(rule: DestinationRule, settings: Settings) -> bool:
    """Whether only the rule's own namespace gets it."""
    export_to = exported(rule)
    if not export_to:
        return "." in settings.rule_export_to
    return export_to in ({"."}, {rule.metadata.namespace})


def merge(existing: Rules, rule: DestinationRule, export_to: frozenset[str], by_export: bool) -> Rules:
    """One more rule for the same host: merged into those it fits, and put beside them where the last says so."""
    standalone = True
    merged: list[MergedRule] = []
    for one in existing:
        fits = True
        if by_export:
            fits = export_to == one.export_to or (bool(one.export_to) and export_to >= one.export_to)
            standalone = export_to != one.export_to
        if fits and (rule.match_labels is None) == (one.match_labels is None):
            fits = dict(rule.match_labels or {}) == dict(one.match_labels or {})
            standalone = not fits
        merged.append(_merged(one, rule) if fits else one)
    if standalone:
        merged.append(_alone(rule, export_to))
    return tuple(merged)


def exchanged(merged: MergedRule, old: DestinationRule, new: DestinationRule) -> MergedRule:
    """The same merge with another version of one of its rules."""
    first, *others = (new if rule is old else rule for rule in merged.rules)
    found = _alone(first, merged.export_to)
    for rule in others:
        found = _merged(found, rule)
    return found


def _alone(rule: DestinationRule, export_to: frozenset[str]) -> MergedRule:
    subsets = tuple(OwnedSubset(subset, rule) for subset in rule.subsets)
    effect = _effect(rule.match_labels, rule.policy, subsets)
    return MergedRule((rule,), export_to, rule.policy, rule if rule.policy else None, subsets, effect)


def _effect(match_labels: Labels | None, policy: TrafficPolicy | None, subsets: tuple[OwnedSubset, ...]) -> str:
    return repr((match_labels is None, policy, [owned.subset for owned in subsets]))


def _merged(one: MergedRule, rule: DestinationRule) -> MergedRule:
    names = {owned.subset.name for owned in one.subsets}
    added = (OwnedSubset(subset, rule) for subset in rule.subsets if subset.name not in names)
    differ = bool(one.first.made_of) != bool(rule.made_of)
    takes = rule.policy is not None and (one.policy is None or (differ and not rule.made_of))
    policy, subsets = rule.policy if takes else one.policy, (*one.subsets, *added)
    if differ:
        policy = overlay(policy, one.policy if takes else rule.policy)
    return MergedRule(
        rules=(*one.rules, rule),
        export_to=one.export_to,
        policy=policy,
        policy_rule=rule if takes else one.policy_rule,
        subsets=subsets,
        effect=_effect(one.match_labels, policy, subsets),
    )
