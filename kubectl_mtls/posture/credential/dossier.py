"""All that follows about one Secret: what is in it, who keeps it, who uses it and may they, what is it fit for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.model.kind import CONFIG_MAP, SECRET
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.access import Right, resolve_right
from kubectl_mtls.posture.credential.consumers import resolve_consumers
from kubectl_mtls.posture.credential.fitness import Fitness, resolve_fitness
from kubectl_mtls.posture.credential.misplaced import Misplaced, resolve_misplaced
from kubectl_mtls.posture.credential.mounted import resolve_mounted
from kubectl_mtls.posture.credential.ownership import Ownership, resolve_ownership
from kubectl_mtls.posture.credential.usage import Asker, Usage, resolve_usage


@dataclass(frozen=True, slots=True)
class Dossier:
    """One Secret, bundle or file. `rights` are those of the askers whose use needs one.

    `is_file`: a file that is no manifest, which nobody keeps or uses.
    """

    inspection: Inspection
    ownership: Ownership = field(default_factory=Ownership)
    usages: tuple[Usage, ...] = ()
    misplaced: tuple[Misplaced, ...] = ()
    rights: Mapping[Asker, Right] = field(default_factory=dict)
    fitness: tuple[Fitness, ...] = ()
    is_file: bool = False


def resolve_dossier(snapshot: Snapshot, inspection: Inspection, read_at: datetime, istio_namespace: str) -> Dossier:
    """The dossier of an object. `read_at` is when all was so: it tells what controllers should have done by then."""
    ref = inspection.ref
    usages: tuple[Usage, ...] = ()
    if ref.kind in (SECRET, CONFIG_MAP):
        usages = (
            *resolve_usage(snapshot, ref.namespace, ref.name, ref.kind),
            *resolve_mounted(snapshot, ref.namespace, ref.name, ref.kind),
            *resolve_consumers(snapshot, ref, istio_namespace),
        )
    return Dossier(
        inspection=inspection,
        ownership=resolve_ownership(snapshot, inspection.secret, read_at),
        usages=usages,
        misplaced=resolve_misplaced(snapshot, ref, istio_namespace),
        rights={
            asker: resolve_right(snapshot, asker.namespace, asker.service_account)
            for usage in usages
            if usage.needs_right
            for asker in usage.askers
        },
        fitness=resolve_fitness(inspection, usages, _trust_domains(snapshot)),
    )


def file_dossier(inspection: Inspection) -> Dossier:
    """The dossier of a bare file."""
    return Dossier(inspection, fitness=resolve_fitness(inspection, ()), is_file=True)


def _trust_domains(snapshot: Snapshot) -> frozenset[str]:
    """Whose identities proxies accept, by the MeshConfigs of all revisions; empty where none was read."""
    meshes = snapshot.mesh_configs.values()
    return frozenset(one for mesh in meshes for one in (mesh.trust_domain, *mesh.trust_domain_aliases))
