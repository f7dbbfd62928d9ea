"""A second DestinationRule for the same host has a trafficPolicy that nobody uses.

What it checks

DestinationRules that istiod merges because they are for the same host in the same namespace (and are exported alike).
The subsets of all of them count; of trafficPolicies the oldest rule's does, whole. Reported where the younger one says
anything else about TLS.

Why it matters

What the younger rule says about TLS is dropped without a word. It is read as in force by whoever opens it; after the
older one is deleted, or created anew by a deployment tool, it suddenly is.

Example

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger-plain, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: DISABLE}

Better

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger-versions, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      subsets: [{name: v1, labels: {version: v1}}]

Fix

Write the policy that is meant into the rule that counts, and delete the other, or leave it only its subsets.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.posture.client.rule_index import MergedRule, Shelf
from kubectl_mtls.rules.remedy import delete
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS209",
    name="second-rule",
    severity=Severity.WARNING,
    summary="Second DestinationRule for a host, whose TLS settings are dropped",
    reads=(DESTINATION_RULE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every rule whose policy is dropped."""
    outbound = view.connections.outbound
    lost: dict[int, tuple[DestinationRule, DestinationRule]] = {}
    for revision in view.snapshot.mesh_configs or (None,):
        rules = outbound.plane(outbound.settings_of(revision)).rules
        for shelf in (*rules.local.values(), *rules.exported.values(), rules.root_local):
            lost |= {id(younger): (younger, older) for younger, older in _dropped(shelf)}
    for younger, older in lost.values():
        if view.concerns(younger.metadata.namespace):
            message = (
                f"{younger.metadata.ref} says {_words(younger)} for {younger.host}, and nobody uses it: "
                f"{older.metadata.ref} ({_words(older)}) is for the same host and older, and its policy counts whole"
            )
            yield RULE.finding(younger.metadata, "spec.trafficPolicy", message, delete(younger.metadata))


def _dropped(shelf: Shelf) -> Iterator[tuple[DestinationRule, DestinationRule]]:
    """Each rule of which the policy is dropped, with the one whose policy counts, where they differ about TLS."""
    merged: list[MergedRule] = [one for rules in (*shelf.exact.values(), *shelf.wildcards.values()) for one in rules]
    for one in merged:
        older = one.policy_rule
        for younger in one.rules if older else ():
            written = older is not None and younger is not older and not (younger.made_of or older.made_of)
            if older and written and younger.policy and _said(younger) != _said(older):
                yield younger, older


def _said(rule: DestinationRule) -> set[tuple[int | None, str, str]]:
    return {(one.port, one.mode.value, one.credential_name) for one in _blocks(rule)}


def _words(rule: DestinationRule) -> str:
    """What its own policy says of TLS, ports included."""
    ports = (f"{one.mode.value}{f' on port {one.port}' if one.port else ''}" for one in _blocks(rule))
    return ", ".join(ports) or "nothing about TLS"


def _blocks(rule: DestinationRule) -> list[ClientTLS]:
    return [one for one in rule.tls if one.subset is None]
