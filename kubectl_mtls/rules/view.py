"""What does a rule see? Everything that follows from a snapshot, worked out when the first rule asks for it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from kubectl_mtls.model.control_plane import MeshConfig
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_namespaces import client_namespaces
from kubectl_mtls.posture.cluster.outbound import Outbound
from kubectl_mtls.posture.connection.connections import Connections
from kubectl_mtls.posture.failure.obstacle import Failure, Obstacle, failures_of
from kubectl_mtls.posture.failure.rule_failures import RuleFailure, resolve_rule_failures
from kubectl_mtls.posture.mesh.callers import TrafficResolver
from kubectl_mtls.posture.mesh.traffic import Traffic, traffic_of
from kubectl_mtls.posture.server.server import mesh_config_gap
from kubectl_mtls.posture.server.services import ServiceRow

if TYPE_CHECKING:
    from kubectl_mtls.certs.inspection import Inspection
    from kubectl_mtls.certs.policy import Policy
    from kubectl_mtls.posture.credential.standing import Standing


@dataclass(frozen=True)
class View:
    """What rules look at.

    `namespaces` None means the whole mesh; else only pods, Services and EndpointSlices of these namespaces were read,
    while policies were read everywhere. What clients send and how credentials stand is worked out when the first rule
    asks, once for all. `expiring_within` is the time in which an end is worth a finding, where somebody says so,
    and `policy` what certificates may be.
    """

    snapshot: Snapshot
    rows: tuple[ServiceRow, ...]
    now: datetime
    namespaces: frozenset[str] | None = None
    expiring_within: timedelta | None = None
    policy: "Policy | None" = None

    @cached_property
    def connections(self) -> Connections:
        """Every client class towards every host."""
        return Connections(Outbound(self.snapshot))

    @cached_property
    def resolver(self) -> TrafficResolver:
        """Who calls a port of a host, clients folded."""
        spaces = self.namespaces
        return TrafficResolver(self.connections, spaces and client_namespaces(self.snapshot, spaces))

    @cached_property
    def traffic(self) -> tuple[Traffic, ...]:
        """Who calls what the rows stand for, in their order."""
        return traffic_of(self.resolver, self.rows)

    @cached_property
    def failures(self) -> Mapping[Obstacle, tuple[Failure, ...]]:
        """What fails although no DestinationRule decides it, by what stands in the way."""
        found: dict[Obstacle, list[Failure]] = defaultdict(list)
        for one in failures_of(one for one in self.traffic if self.covers(one.row.key[0])):
            found[one.obstacle].append(one)
        return {obstacle: tuple(found[obstacle]) for obstacle in Obstacle}

    @cached_property
    def rule_failures(self) -> tuple[RuleFailure, ...]:
        """What fails because of DestinationRules."""
        return resolve_rule_failures(self.resolver, self.traffic)

    @cached_property
    def inspections(self) -> "Mapping[Ref, Inspection]":
        """Every Secret that is about certificates."""
        from kubectl_mtls.posture.credential.inspected import (
            resolve_inspections,  # certs.inspection takes 0.1 s to import
        )

        return resolve_inspections(self.snapshot, self.now)

    @cached_property
    def standings(self) -> "tuple[Standing, ...]":
        """How each Secret of the covered namespaces stands that something names."""
        from kubectl_mtls.posture.credential.expiry import resolve_standings  # as above

        found = resolve_standings(self.snapshot, self.inspections, self.now, self.expiring_within)
        return tuple(one for one in found if self.covers(one.ref.namespace))

    def covers(self, namespace: str) -> bool:
        """Whether the pods and Services of this namespace were read."""
        return self.namespaces is None or namespace in self.namespaces

    def concerns(self, namespace: str) -> bool:
        """Whether a policy of this namespace is asked about: a covered one, or one that policies reach others from."""
        return self.covers(namespace) or namespace in self.root_namespaces or namespace in self.control_planes

    def sees_all(self, kind: Kind, namespace: str) -> bool:
        """Whether an object of this kind that is not in the snapshot is certainly not in the namespace."""
        return self.covers(namespace) and self.snapshot.gap_hiding(kind, namespace) is None

    @property
    def root_namespaces(self) -> frozenset[str]:
        """Where policies count for the whole mesh, by the MeshConfig of any revision; empty where nobody can tell."""
        configs = self.snapshot.mesh_configs.values()
        if not configs and mesh_config_gap(self.snapshot):
            return frozenset()
        return frozenset(mesh.root_namespace for mesh in configs or [MeshConfig()])

    @property
    def control_planes(self) -> frozenset[str]:
        """The namespaces of istiod and of its MeshConfig; Istio's usual one, where people look for it, included."""
        istiods = {istiod.metadata.namespace for istiod in self.snapshot.istiods}
        sources = {mesh.source.namespace for mesh in self.snapshot.mesh_configs.values() if mesh.source}
        return frozenset(istiods | sources | {MeshConfig().root_namespace})
