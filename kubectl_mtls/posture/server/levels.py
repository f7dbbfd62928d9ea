"""Which policies count for one workload, one a level, and what do they make together?

Follows istiod: pilot/pkg/model/authentication.go (which policies count), pilot/pkg/security/authn/policy_applier.go
(ComposePeerAuthentication).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.server.accepts import Effective, Loss, Overruled


@dataclass(frozen=True, slots=True)
class Levels:
    """The policies that count for one workload, one a level, and those that lost on the way."""

    mesh: PeerAuthentication | None = None
    namespace: PeerAuthentication | None = None
    workload: PeerAuthentication | None = None
    overruled: tuple[Overruled, ...] = ()
    assumed: bool = False


def choose_levels(
    in_root: Sequence[PeerAuthentication],
    own: Sequence[PeerAuthentication],
    is_root: bool,
    labels: Mapping[str, str],
) -> Levels:
    """The levels of a workload with these labels; `in_root` and `own` are the policies in order of age (1.3)."""
    ignored = tuple(
        _lost(policy, Loss.ROOT_SELECTOR)
        for policy in in_root
        if policy.match_labels and selects(policy.match_labels, labels)
    )
    mesh = [policy for policy in in_root if not policy.match_labels]
    namespace = [] if is_root else [policy for policy in own if not policy.match_labels]
    workload = [] if is_root else [p for p in own if p.match_labels and selects(p.match_labels, labels)]
    return Levels(
        mesh=_oldest(mesh),
        namespace=_oldest(namespace),
        workload=_oldest(workload),
        overruled=ignored + _younger(mesh) + _younger(namespace) + _younger(workload),
        assumed=any(_by_name_only(level) for level in (mesh, namespace, workload)),
    )


def _oldest(level: Sequence[PeerAuthentication]) -> PeerAuthentication | None:
    return level[0] if level else None


def _younger(level: Sequence[PeerAuthentication]) -> tuple[Overruled, ...]:
    return tuple(_lost(policy, Loss.YOUNGER) for policy in level[1:])


def _by_name_only(level: Sequence[PeerAuthentication]) -> bool:
    return len(level) > 1 and any(policy.metadata.created_at is None for policy in level)


def _lost(policy: PeerAuthentication, why: Loss, port: int | None = None) -> Overruled:
    mode = policy.mode if port is None else policy.port_modes[port]
    return Overruled(policy, policy.field_of(port), mode, why)


def merge(levels: Levels, port: int) -> Effective:
    """Mesh, then namespace, then workload, then port: the most specific one that is not UNSET (1.4)."""
    decided: PeerAuthentication | None = None
    overruled = list(levels.overruled)
    workload = levels.workload
    for policy in (levels.mesh, levels.namespace, workload):
        if policy is None:
            continue
        if policy is not workload and port in policy.port_modes:
            overruled.append(_lost(policy, Loss.PORTS_WITHOUT_SELECTOR, port))
        if policy.mode is ServerMode.UNSET:
            overruled.append(_lost(policy, Loss.UNSET))
            continue
        if decided is not None:
            overruled.append(_lost(decided, Loss.MORE_SPECIFIC))
        decided = policy
    if workload is not None and port in workload.port_modes:
        mode = workload.port_modes[port]
        if mode is not ServerMode.UNSET:
            if decided is not None:
                overruled.append(_lost(decided, Loss.PORT_MODE if decided is workload else Loss.MORE_SPECIFIC))
            return Effective(mode, workload, workload.field_of(port), tuple(overruled), levels.assumed)
        overruled.append(_lost(workload, Loss.UNSET, port))
    if decided is None:
        return Effective(ServerMode.PERMISSIVE, None, "", tuple(overruled), levels.assumed)
    return Effective(decided.mode, decided, decided.field_of(None), tuple(overruled), levels.assumed)
