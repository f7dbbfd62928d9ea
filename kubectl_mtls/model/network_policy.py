"""Who may connect to pods at all (networking.k8s.io/v1 NetworkPolicy, ingress)?

Ports are left out: who may come by one port counts as somebody who may come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels, selects


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of matchExpressions."""

    key: str
    operator: str
    values: tuple[str, ...]

    def holds(self, labels: Labels) -> bool:
        """Whether the labels meet it. An operator that nobody knows is met: more may come, not fewer."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case _:
                return True


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """A whole selector; without any condition it selects everything."""

    match_labels: Labels
    requirements: tuple[Requirement, ...] = ()

    def selects(self, labels: Labels) -> bool:
        """Whether every condition holds."""
        return selects(self.match_labels, labels) and all(one.holds(labels) for one in self.requirements)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who may come. `pods` and `namespaces` None are not said: pods of the policy's own namespace, all pods.

    `is_address` says that addresses are named, behind which any pod may be.
    """

    pods: LabelSelector | None
    namespaces: LabelSelector | None
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """One policy. `ingress` None leaves who comes to others; else a rule without peers lets in everybody."""

    metadata: Metadata
    pods: LabelSelector
    ingress: tuple[tuple[Peer, ...], ...] | None


def parse_network_policy(document: Document) -> NetworkPolicy:
    """Raises Malformed."""
    metadata, spec = parse_metadata(document), fields.mapping(document.manifest, "spec")
    with fields.below("spec"):
        types = fields.items(spec, "policyTypes")
        rules = tuple(tuple(map(_peer, fields.mappings(rule, "from"))) for rule in fields.mappings(spec, "ingress"))
        selector = _selector(spec, "podSelector") or LabelSelector({})
        return NetworkPolicy(metadata, selector, rules if not types or "Ingress" in types else None)


def _peer(peer: Mapping[str, Any]) -> Peer:
    is_address = peer.get("ipBlock") is not None
    return Peer(_selector(peer, "podSelector"), _selector(peer, "namespaceSelector"), is_address)


def _selector(owner: Mapping[str, Any], key: str) -> LabelSelector | None:
    if owner.get(key) is None:
        return None
    requirements = tuple(
        Requirement(fields.text(one, "key"), fields.text(one, "operator"), tuple(map(str, fields.items(one, "values"))))
        for one in fields.mappings(owner, f"{key}.matchExpressions")
    )
    return LabelSelector(fields.strings(owner, f"{key}.matchLabels"), requirements)
