"""Who may do what on the test server: the project's own documented roles, each given to a user named after its task."""

from pathlib import Path

from tests.servers.manifests import Manifest, load_manifests

ROLES = Path(__file__).parents[2] / "docs" / "rbac"
READER, WITH_SECRETS, OPERATOR = "kubectl-mtls-reader", "kubectl-mtls-reader-with-secrets", "kubectl-mtls-operator"
ADMIN = "admin"
NAMESPACE_USER, NAMESPACE = "shop-only", "shop"

GROUPS_BY_USER: dict[str, tuple[str, ...]] = {
    ADMIN: ("system:masters",),
    "reader": (),
    "secret-reader": (),
    "operator": (),
    NAMESPACE_USER: (),
    "nobody": (),
}
_ROLES_BY_USER = {"reader": (READER,), "secret-reader": (READER, WITH_SECRETS), "operator": (READER, OPERATOR)}
_RBAC = "rbac.authorization.k8s.io"


def cluster_access() -> list[Manifest]:
    """The documented roles, and who has them everywhere."""
    bindings = [
        _binding("ClusterRoleBinding", {"name": f"{user}-{role}"}, user, role)
        for user, roles in _ROLES_BY_USER.items()
        for role in roles
    ]
    return load_manifests(ROLES) + bindings


def namespace_access(namespace: str) -> list[Manifest]:
    """What comes with a namespace of an example: `shop-only` may read in `shop` and nowhere else."""
    if namespace != NAMESPACE:
        return []
    return [_binding("RoleBinding", {"name": NAMESPACE_USER, "namespace": namespace}, NAMESPACE_USER, READER)]


def _binding(kind: str, metadata: dict[str, str], user: str, role: str) -> Manifest:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": user}],
    }
