"""What a workload accepts on a port, as a value: a mode with evidence, what has none, or not known and why."""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.envoy_filter import EnvoyFilter
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.peer_authentication import PeerAuthentication


class Loss(StrEnum):
    """Why a policy that might have decided did not."""

    YOUNGER = "younger than another policy of the same level"
    ROOT_SELECTOR = "has a selector in the root namespace, where istiod ignores it"
    UNSET = "says UNSET, so the level above decides"
    MORE_SPECIFIC = "a more specific policy decides"
    PORTS_WITHOUT_SELECTOR = "port modes of a policy without selector are ignored"
    PORT_MODE = "the port has a mode of its own"


@dataclass(frozen=True, slots=True)
class Overruled:
    """One policy (and field) that lost, and why."""

    policy: PeerAuthentication
    field: str
    mode: ServerMode
    why: Loss


@dataclass(frozen=True, slots=True)
class Effective:
    """The mode that a sidecar, or ztunnel for an ambient pod, enforces on a port.

    `decided_by` None means no policy says anything: Istio's default, PERMISSIVE. `assumed` is true where the order of
    age decided between policies of which one has no creation time (files). `unless` is the gap behind which an
    EnvoyFilter may hide that changes what policies say. `by_ztunnel`: it is ztunnel that enforces it, which is told by
    documentation only.
    """

    mode: ServerMode
    decided_by: PeerAuthentication | None
    field: str
    overruled: tuple[Overruled, ...] = ()
    assumed: bool = False
    unless: Gap | None = None
    by_ztunnel: bool = False


@dataclass(frozen=True, slots=True)
class NoProxy:
    """Nothing stands before the application. `annotation` is what keeps the port from a sidecar that is there."""

    annotation: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayProxy:
    """A gateway: its listeners come from Gateway objects; PeerAuthentication has no effect on it."""


@dataclass(frozen=True, slots=True)
class WaypointProxy:
    """A waypoint: it takes HBONE alone, whatever policies say."""


class Doubt(StrEnum):
    """Why the mode cannot be told."""

    PROXYLESS = "proxyless"
    GAP = "gap"
    ENVOY_FILTER = "envoyfilter"
    INJECTION = "injection"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The mode cannot be told. `gap` or `envoy_filter` name what stands in the way."""

    why: Doubt
    gap: Gap | None = None
    envoy_filter: EnvoyFilter | None = None


Accepts = Effective | NoProxy | GatewayProxy | WaypointProxy | Unknown
