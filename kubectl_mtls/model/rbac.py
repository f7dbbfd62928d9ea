"""Which rights do Roles hold, and who is bound to them (rbac.authorization.k8s.io/v1)?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import CLUSTER_ROLE, ROLE
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import Labels

_ACCOUNT_PREFIX = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Grant:
    """One rule of a Role. `names` empty means every object."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Role:
    """A Role or ClusterRole. `aggregates` are the label sets of ClusterRoles whose grants it takes in."""

    metadata: Metadata
    grants: tuple[Grant, ...]
    aggregates: tuple[Labels, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleBinding:
    """A RoleBinding or ClusterRoleBinding. `users` are user names, service accounts by theirs; groups are left out."""

    metadata: Metadata
    role: Ref
    users: frozenset[str]


def account_user(namespace: str, service_account: str) -> str:
    """The user name of a service account."""
    return f"{_ACCOUNT_PREFIX}{namespace}:{service_account}"


def parse_role(document: Document) -> Role:
    """Raises Malformed."""
    manifest = document.manifest
    selectors = fields.mappings(manifest, "aggregationRule.clusterRoleSelectors")
    return Role(
        metadata=parse_metadata(document),
        grants=tuple(_grant(rule, index) for index, rule in enumerate(fields.mappings(manifest, "rules"))),
        aggregates=tuple(labels for one in selectors if (labels := fields.strings(one, "matchLabels"))),
    )


def parse_role_binding(document: Document) -> RoleBinding:
    """Raises Malformed."""
    manifest, metadata = document.manifest, parse_metadata(document)
    is_cluster_role = fields.text(manifest, "roleRef.kind") == CLUSTER_ROLE.name
    kind, namespace = (CLUSTER_ROLE, "") if is_cluster_role else (ROLE, metadata.namespace)
    subjects = (_user(one, metadata.namespace) for one in fields.mappings(manifest, "subjects"))
    return RoleBinding(
        metadata=metadata,
        role=Ref(kind, namespace, fields.text(manifest, "roleRef.name")),
        users=frozenset(user for user in subjects if user),
    )


def _grant(rule: Mapping[str, Any], index: int) -> Grant:
    with fields.below(f"rules.{index}"):
        verbs, groups, resources, names = (
            frozenset(str(one) for one in fields.items(rule, key))
            for key in ("verbs", "apiGroups", "resources", "resourceNames")
        )
    return Grant(verbs, groups, resources, names)


def _user(subject: Mapping[str, Any], namespace: str) -> str:
    """A service account without a namespace is one of the binding's (authorizer/rbac, appliesToUser)."""
    name = fields.text(subject, "name")
    match fields.text(subject, "kind"):
        case "User":
            return name
        case "ServiceAccount":
            where = fields.text(subject, "namespace") or namespace
            return account_user(where, name) if where else ""
    return ""
