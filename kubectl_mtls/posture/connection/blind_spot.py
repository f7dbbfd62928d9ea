"""What could not be read that may decide a connection? Then its verdict is UNKNOWN, whatever the rest says."""

from collections.abc import Iterator

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import (
    BACKEND_TLS_POLICY,
    CONFIG_MAP,
    DEPLOYMENT,
    DESTINATION_RULE,
    ENDPOINT_SLICE,
    POD,
    SERVICE_ENTRY,
    SIDECAR,
    Kind,
)
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.client.client_class import ClientClass
from kubectl_mtls.posture.client.registry import Host
from kubectl_mtls.posture.cluster.outbound import Chosen
from kubectl_mtls.posture.server.server import mesh_config_gap

_DECIDING = frozenset(
    (
        BACKEND_TLS_POLICY,
        CONFIG_MAP,
        DEPLOYMENT,
        DESTINATION_RULE,
        ENDPOINT_SLICE,
        POD,
        SERVICE_ENTRY,
        SIDECAR,
    )
)


def is_blind(snapshot: Snapshot) -> bool:
    """Whether anything at all that may decide a connection could not be read: not so for Secrets, say."""
    return any(gap.kind in _DECIDING for gap in snapshot.gaps)


def gap_before(snapshot: Snapshot, client: ClientClass, host: Host, chosen: Chosen) -> Gap | None:
    """The first gap behind which something may go before what was found; None where nothing can."""
    if not is_blind(snapshot):
        return None
    if not snapshot.mesh_configs and (gap := mesh_config_gap(snapshot)):
        return gap
    for kind, namespace in (*_of_client(client), *_of_server(host), *_of_rules(client, host, chosen)):
        if gap := snapshot.gap_hiding(kind, namespace):
            return gap
    return None


def gap_behind(snapshot: Snapshot, host: Host) -> Gap | None:
    """The gap behind which endpoints of a host may be; None where all of them were seen."""
    if not is_blind(snapshot):
        return None
    found = (snapshot.gap_hiding(kind, namespace) for kind, namespace in _of_server(host))
    return next((gap for gap in found if gap is not None), None)


def _of_client(client: ClientClass) -> Iterator[tuple[Kind, str]]:
    """A Sidecar may hide the host, a ServiceEntry of the client's namespace may replace it."""
    if not client.is_gateway:
        yield SIDECAR, client.namespace
        yield SIDECAR, client.settings.root_namespace
    yield SERVICE_ENTRY, client.namespace


def _of_server(host: Host) -> Iterator[tuple[Kind, str]]:
    if host.kubernetes:
        yield ENDPOINT_SLICE, host.namespace
        yield POD, host.namespace


def _of_rules(client: ClientClass, host: Host, chosen: Chosen) -> Iterator[tuple[Kind, str]]:
    """The namespaces that are looked at for rules, up to the one that had some: the rest does not matter."""
    places = [client.namespace, host.namespace, client.settings.root_namespace]
    found_in = chosen.found.rules[0].first.metadata.namespace if chosen.found.rules else None
    upto = places[: places.index(found_in) + 1] if found_in in places else places
    yield from ((DESTINATION_RULE, place) for place in upto)
    if host.namespace in upto:
        yield BACKEND_TLS_POLICY, host.namespace
