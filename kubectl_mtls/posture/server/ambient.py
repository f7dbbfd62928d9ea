"""What ztunnel lets through: istiod makes PeerAuthentications into rules that deny what has no identity (1.9).

Read in pilot/pkg/serviceregistry/ambient/authorization.go, quirks included; not compared with running code, so answers
that rest on it say `basis: documentation`. Only STRICT matters, DISABLE is as PERMISSIVE, and HBONE always passes.
"""

from dataclasses import replace

from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.levels import Levels, merge

_OPEN = (ServerMode.PERMISSIVE, ServerMode.DISABLE)


def resolve_ambient(levels: Levels, port: int) -> Effective:
    """STRICT where ztunnel denies plaintext on a pod's port, else PERMISSIVE; the evidence is that of sidecars."""
    mode = ServerMode.STRICT if denies_plaintext(levels, port) else ServerMode.PERMISSIVE
    return replace(merge(levels, port), mode=mode, by_ztunnel=True)


def denies_plaintext(levels: Levels, port: int) -> bool:
    """Whether a connection without identity is denied on a port."""
    strict = _inherited(levels) is ServerMode.STRICT
    workload = levels.workload
    if workload is None:
        return strict
    if not workload.port_modes:
        return strict if workload.mode is ServerMode.UNSET else workload.mode is ServerMode.STRICT
    if workload.mode is ServerMode.STRICT:
        return workload.port_modes.get(port) not in _OPEN
    if workload.mode is ServerMode.UNSET and strict:
        return _exception_holds(levels, workload, port)
    own = workload.port_modes.get(port) is ServerMode.STRICT
    skipped = workload.mode is not ServerMode.UNSET and _is_mesh_strict_alone(levels)
    return own and not skipped


def _exception_holds(levels: Levels, workload: PeerAuthentication, port: int) -> bool:
    """Inherited STRICT with exceptions: only PERMISSIVE makes one, and below an UNSET namespace it opens every port."""
    if ServerMode.PERMISSIVE not in workload.port_modes.values():
        return True
    if levels.namespace is not None and levels.namespace.mode is ServerMode.UNSET and _is_mesh_strict_alone(levels):
        return False
    return workload.port_modes.get(port) not in _OPEN


def _inherited(levels: Levels) -> ServerMode:
    mode = ServerMode.PERMISSIVE
    for policy in (levels.mesh, levels.namespace):
        if policy is not None and policy.mode is not ServerMode.UNSET:
            mode = policy.mode
    return mode


def _is_mesh_strict_alone(levels: Levels) -> bool:
    """STRICT comes from the mesh's policy, the namespace says nothing."""
    silent = levels.namespace is None or levels.namespace.mode is ServerMode.UNSET
    return silent and levels.mesh is not None and levels.mesh.mode is ServerMode.STRICT
