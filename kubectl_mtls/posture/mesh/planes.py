"""Which control planes there are, and what each makes of workloads that no policy of their own speaks of."""

from dataclasses import dataclass

from kubectl_mtls.model.control_plane import DEFAULT_REVISION, Istiod, MeshConfig
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import DEPLOYMENT, PEER_AUTHENTICATION
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.cluster.networks import NetworkGateway, Networks
from kubectl_mtls.posture.server.server import Policies, mesh_config_gap

KNOWN_VERSIONS = ("1.28", "1.29", "1.30", "1.31", "1.32")


@dataclass(frozen=True, slots=True)
class Plane:
    """One revision: its istiod (None when only its configuration was found) and its mesh configuration.

    `default_mode` is what workloads get where no nearer policy speaks: None when it can't be told because of `gap`;
    `policy` is the mesh-wide policy behind it. `assumed` says that Istio's defaults stand in for a MeshConfig. Behind
    `config_gap` its MeshConfig may hide, behind `istiod_gap` its Deployment. `other_networks` are those beside its own
    `network`, with the gateways into them: what is there belongs to other clusters, and is not seen.
    """

    revision: str
    istiod: Istiod | None
    mesh: MeshConfig
    default_mode: ServerMode | None
    policy: PeerAuthentication | None
    gap: Gap | None = None
    config_gap: Gap | None = None
    istiod_gap: Gap | None = None
    network: str = ""
    other_networks: tuple[tuple[str, tuple[NetworkGateway, ...]], ...] = ()

    @property
    def assumed(self) -> bool:
        """Whether nobody wrote this mesh configuration down where we looked."""
        return self.mesh.source is None

    @property
    def version_is_known(self) -> bool:
        """Whether this release of Istio is one whose rules were compared with istiod's own code."""
        return bool(self.istiod and self.istiod.version.startswith(KNOWN_VERSIONS))


def resolve_planes(snapshot: Snapshot) -> tuple[Plane, ...]:
    """Every revision that has an istiod or a mesh configuration; one with Istio's defaults when there is none."""
    policies, networks = Policies(snapshot), Networks(snapshot)
    istiod_by_revision = {one.revision: one for one in snapshot.istiods}
    revisions = sorted({*istiod_by_revision, *snapshot.mesh_configs}) or [DEFAULT_REVISION]
    return tuple(_plane(policies, networks, revision, istiod_by_revision.get(revision)) for revision in revisions)


def _plane(policies: Policies, networks: Networks, revision: str, istiod: Istiod | None) -> Plane:
    snapshot = policies.snapshot
    mesh = snapshot.mesh_configs.get(revision) or snapshot.mesh_config(revision)
    wide = [one for one in policies.by_namespace.get(mesh.root_namespace, ()) if not one.match_labels]
    policy = wide[0] if wide else None
    config_gap = mesh_config_gap(snapshot, revision)
    gap = snapshot.gap_hiding(PEER_AUTHENTICATION, mesh.root_namespace) or config_gap
    istiod_gap = None if istiod else next((one for one in snapshot.gaps if one.kind == DEPLOYMENT), None)
    said = policy is not None and policy.mode is not ServerMode.UNSET
    mode = policy.mode if policy is not None and said else ServerMode.PERMISSIVE
    return Plane(
        revision,
        istiod,
        mesh,
        None if gap else mode,
        policy,
        gap,
        config_gap,
        istiod_gap,
        networks.here,
        tuple(networks.others.items()),
    )
