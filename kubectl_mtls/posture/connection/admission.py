"""Which connections without identity do AuthorizationPolicies refuse?

Source: pilot/pkg/security/authz (DENY before ALLOW; with any ALLOW policy, what none allows is refused). Only what is
certain counts: a rule with other conditions may or may not match.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mtls.model.authorization_policy import Action, AuthorizationPolicy, AuthorizationRule
from kubectl_mtls.model.selector import Labels, selects
from kubectl_mtls.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Refusal:
    """A policy that no connection without identity passes; `field` is what asks for one."""

    policy: AuthorizationPolicy
    field: str


class Admission:
    """The AuthorizationPolicies of a snapshot by namespace."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._by_namespace: dict[str, list[AuthorizationPolicy]] = defaultdict(list)
        for policy in snapshot.authorization_policies:
            if not policy.targets:
                self._by_namespace[policy.metadata.namespace].append(policy)

    def refusal(self, namespace: str, root: str, labels: Labels, port: int) -> Refusal | None:
        """Why a workload refuses connections without identity on its own port; None where it may let them in."""
        found = list(self._of(namespace, root, labels)) if self._by_namespace else []
        for policy in found:
            if policy.action is Action.DENY:
                for rule in policy.rules:
                    if rule.negative and _concerns(rule, port):
                        return Refusal(policy, rule.field)
        allowing = [policy for policy in found if policy.action is Action.ALLOW]
        rules = [(policy, rule) for policy in allowing for rule in policy.rules if _concerns(rule, port)]
        if not rules or any(rule.identity_field is None for _, rule in rules):
            return None
        policy, rule = rules[0]
        return Refusal(policy, rule.identity_field or rule.field)

    def _of(self, namespace: str, root: str, labels: Labels) -> Iterator[AuthorizationPolicy]:
        for place in dict.fromkeys((root, namespace)):
            for policy in self._by_namespace.get(place, ()):
                if selects(policy.match_labels, labels):
                    yield policy


def _concerns(rule: AuthorizationRule, port: int) -> bool:
    return not rule.ports or str(port) in rule.ports
