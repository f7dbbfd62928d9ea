"""May a proxy's service account list the Secrets of its namespace, as istiod demands before it sends one?

istiod asks the API server by a SubjectAccessReview that names the user and no groups (pilot/pkg/credentials/kube/
secrets.go Authorize), so that what is bound to a group does not count. Where such a review was made it decides; else
Roles and their bindings do, as the API server evaluates them (plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import BINDING_KINDS, ROLE_KINDS
from kubectl_mtls.model.rbac import Grant, Role, RoleBinding, account_user
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot

_BUILT_IN: Mapping[str, bool] = {"cluster-admin": True, "admin": True, "edit": True, "view": False}
"""ClusterRoles that every cluster has, and whether they let one list Secrets."""


@dataclass(frozen=True, slots=True)
class Right:
    """The answer; `allowed` None: it cannot be told.

    `by` are the objects that give the right, `reason` is the API server's own, or why nothing can be told.
    """

    allowed: bool | None
    by: tuple[Ref, ...] = ()
    reason: str = ""


def resolve_right(snapshot: Snapshot, namespace: str, service_account: str) -> Right:
    """The right of one service account in its own namespace."""
    user = account_user(namespace, service_account)
    reviews = (one for one in snapshot.access_reviews if (one.namespace, one.user) == (namespace, user))
    if review := next(reviews, None):
        return Right(review.allowed, reason=review.reason)
    bindings = [one for one in snapshot.role_bindings if user in one.users and _holds_in(one, namespace)]
    unknown: Ref | None = None
    for binding in bindings:
        allowed = _gives(snapshot, binding.role)
        if allowed:
            return Right(True, (binding.metadata.ref, binding.role))
        unknown = unknown or (binding.role if allowed is None else None)
    return Right(None, reason=f"{unknown.full} was not read") if unknown else _without_grant(snapshot, namespace)


def _holds_in(binding: RoleBinding, namespace: str) -> bool:
    return binding.metadata.ref.kind == kinds.CLUSTER_ROLE_BINDING or binding.metadata.namespace == namespace


def _without_grant(snapshot: Snapshot, namespace: str) -> Right:
    """No right was found; files that hold no bindings at all say nothing about it."""
    gaps = list(_blinding(snapshot, namespace))
    if any(gap.kind != kinds.LOCAL_ACCESS_REVIEW for gap in gaps):
        return Right(None, reason=gaps[0].detail)
    if not snapshot.role_bindings:
        return Right(None, reason="no Roles were read" if snapshot.live else "the files hold no RoleBindings")
    return Right(False)


def _blinding(snapshot: Snapshot, namespace: str) -> Iterator[Gap]:
    for kind in (kinds.LOCAL_ACCESS_REVIEW, *BINDING_KINDS, *ROLE_KINDS):
        if gap := snapshot.gap_hiding(kind, namespace if kind.namespaced else ""):
            yield gap


def _gives(snapshot: Snapshot, ref: Ref) -> bool | None:
    role = snapshot.roles.get(ref)
    if role is not None:
        return any(_lists_secrets(grant) for grant in _grants(snapshot, role))
    if ref.kind == kinds.CLUSTER_ROLE and ref.name in _BUILT_IN:
        return _BUILT_IN[ref.name]
    is_hidden = snapshot.gap_hiding(ref.kind, ref.namespace, ref.name) is not None
    return None if is_hidden or not snapshot.live else False


def _grants(snapshot: Snapshot, role: Role) -> Iterator[Grant]:
    """Its own, and those of the ClusterRoles that it aggregates: the API server writes them in, files do not."""
    yield from role.grants
    for other in snapshot.roles.values():
        is_taken_in = other is not role and other.metadata.ref.kind == kinds.CLUSTER_ROLE
        if is_taken_in and any(selects(labels, other.metadata.labels) for labels in role.aggregates):
            yield from other.grants


def _lists_secrets(grant: Grant) -> bool:
    """A rule that names objects never gives the right to list them all."""
    asked = ((grant.verbs, "list"), (grant.groups, ""), (grant.resources, "secrets"))
    return not grant.names and all({"*", one} & named for named, one in asked)
