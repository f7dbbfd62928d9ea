"""Which namespaces are root namespaces, and of which revisions?

Every MeshConfig names its own. A policy in one of them reaches all pods of that control plane.
"""

from collections.abc import Mapping

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.server import mesh_config_gap


def root_revisions(snapshot: Snapshot) -> Mapping[str, tuple[str, ...]]:
    """The root namespaces, each with the revisions whose MeshConfig names it.

    One without revisions is what holds for pods of a revision that has no MeshConfig.
    """
    found: dict[str, tuple[str, ...]] = {}
    for revision, mesh in sorted(snapshot.mesh_configs.items()):
        found[mesh.root_namespace] = (*found.get(mesh.root_namespace, ()), revision)
    found.setdefault(snapshot.mesh_config(None).root_namespace, ())
    return found


def mesh_root(snapshot: Snapshot) -> str:
    """The root namespace of the whole mesh. Raises InvalidInput when revisions disagree."""
    roots = sorted({mesh.root_namespace for mesh in snapshot.mesh_configs.values()})
    if len(roots) > 1:
        raise InvalidInput(
            f"the revisions have different root namespaces: {', '.join(roots)}", "name the one you mean as ns/NAME"
        )
    return roots[0] if roots else snapshot.mesh_config(None).root_namespace


def reach(snapshot: Snapshot, namespace: str) -> str | None:
    """The namespace on which its policies can have an effect; None is the whole mesh.

    Where a MeshConfig could not be read, any namespace may be a root.
    """
    revisions = {pod.revision for pod in snapshot.pods.values()}
    is_blind = any(mesh_config_gap(snapshot, revision) for revision in revisions)
    return None if is_blind or namespace in root_revisions(snapshot) else namespace


def root_note(snapshot: Snapshot, namespace: str) -> str | None:
    """What it means to name this namespace, where it is a root; None where it is none."""
    roots = root_revisions(snapshot)
    if namespace not in roots:
        return None
    if len(roots) == 1:
        return f"{namespace} is the root namespace: ns/{namespace} is the same as mesh, and it means the whole mesh"
    revisions = roots[namespace]
    whose = f"revision {', '.join(revisions)}" if revisions else "revisions without a MeshConfig"
    return f"{namespace} is the root namespace of {whose}: it means all pods of that control plane"
