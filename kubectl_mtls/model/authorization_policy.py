"""Which AuthorizationPolicies ask for an identity, so that connections without one are refused.

Source: istio.io/api security/v1beta1/authorization_policy.proto; principals and namespaces come from the client's
certificate, and there is none without mutual TLS of the mesh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.enumeration import UnreadableWord, word
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.selector import Labels

_IDENTITY = ("principals", "namespaces", "serviceAccounts")
_IDENTITY_KEYS = ("source.principal", "source.namespace", "source.serviceAccount")


class Action(StrEnum):
    """What happens to a request that a rule matches, in the order of the API's numbers."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    AUDIT = "AUDIT"
    CUSTOM = "CUSTOM"


@dataclass(frozen=True, slots=True)
class AuthorizationRule:
    """One rule. `identity_field` is the path of the first condition that only a client with an identity can meet.

    `ports` are those that the rule names, empty for all; `negative` says that it holds for clients without identity
    (notPrincipals).
    """

    field: str
    identity_field: str | None
    ports: tuple[str, ...]
    negative: bool


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """One policy. `match_labels` empty means the whole namespace; with `targets` it is for waypoints and gateways."""

    metadata: Metadata
    match_labels: Labels
    targets: bool
    action: Action
    rules: tuple[AuthorizationRule, ...]


def parse_authorization_policy(document: Document) -> AuthorizationPolicy | Reject:
    """Read one policy as istiod does; a Reject where istiod could not. Raises Malformed for a wrong shape."""
    metadata = parse_metadata(document)
    spec = fields.mapping(document.manifest, "spec")
    try:
        action = Action(word(spec, "action", tuple(Action), "spec.action"))
    except UnreadableWord as unreadable:
        return Reject(metadata, unreadable.field, unreadable.value, unreadable.legal)
    with fields.below("spec"):
        return AuthorizationPolicy(
            metadata=metadata,
            match_labels=fields.strings(spec, "selector.matchLabels"),
            targets=bool(fields.items(spec, "targetRefs")) or spec.get("targetRef") is not None,
            action=action,
            rules=tuple(_rule(rule, index) for index, rule in enumerate(fields.mappings(spec, "rules"))),
        )


def _rule(rule: Mapping[str, Any], index: int) -> AuthorizationRule:
    with fields.below(f"rules.{index}"):
        sources = _parts(rule, "from", "source")
        operations = _parts(rule, "to", "operation")
        conditions = [fields.text(one, "key") for one in fields.mappings(rule, "when") if one.get("values")]
        ports = [str(port) for one in operations for port in fields.items(one, "ports")]
        asking = [_identity_key(source) for source in sources]
        return AuthorizationRule(
            field=f"spec.rules.{index}",
            identity_field=_identity_field(f"spec.rules.{index}", asking, conditions),
            ports=tuple(ports) if all(fields.items(one, "ports") for one in operations) else (),
            negative=any(source.get("notPrincipals") or source.get("notNamespaces") for source in sources),
        )


def _parts(rule: Mapping[str, Any], key: str, part: str) -> list[Mapping[str, Any]]:
    found = []
    for index, one in enumerate(fields.mappings(rule, key)):
        with fields.below(f"{key}.{index}"):
            found.append(fields.mapping(one, part))
    return found


def _identity_key(source: Mapping[str, Any]) -> str | None:
    return next((key for key in _IDENTITY if source.get(key)), None)


def _identity_field(path: str, asking: list[str | None], conditions: list[str]) -> str | None:
    """Sources are alternatives, so each must ask; conditions all hold, so one is enough."""
    if asking and all(asking):
        return f"{path}.from.0.source.{asking[0]}"
    at = next((at for at, key in enumerate(conditions) if key in _IDENTITY_KEYS), None)
    return None if at is None else f"{path}.when.{at}.values"
